import type { Config } from '../config/config';
import { DomainError } from '../domain/errors';
import type { TokenOwner, TokenSource } from '../domain/user';
import { userWithIds } from '../domain/user';
import { tokenHash } from './token-lookup';

type ConfiguredUsers = Extract<Config['auth'], { readonly type: 'static' }>['users'];

/** A token source of the users listed in the configuration. Tokens are looked up by hash. */
export function createStaticTokenSource(users: ConfiguredUsers): TokenSource {
  const owners = users.map(
    ({ username, name, admin, ...ids }): TokenOwner => ({
      name: username,
      user: userWithIds(username, name, ids),
      isAdministrator: admin,
    }),
  );
  const byToken = new Map(users.map(({ token }, index) => [tokenHash(token.reveal()), owners[index]]));
  return {
    async ownerOf(token) {
      const owner = byToken.get(tokenHash(token));
      if (!owner) throw new DomainError('invalid_token', 'Token is invalid');
      return owner;
    },
    userNamed: (username) =>
      owners.find(({ name }) => name === username)?.user ?? userWithIds(username, null, null),
  };
}
