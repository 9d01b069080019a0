import { DomainError } from '../../../src/domain/errors';
import type { TokenOwner, TokenSource } from '../../../src/domain/user';
import { userWithIds } from '../../../src/domain/user';

/** A user with IDs; `rachels-token` is hers. */
export const rachel = userWithIds('rachel', 'Rachel Carson', { uid: 1101, gid: 1101, groups: [] });

const OWNERS = new Map<string, TokenOwner>([
  ['rachels-token', { name: 'rachel', user: rachel, isAdministrator: false }],
  ['beths-token', { name: 'beth', user: userWithIds('beth', null, null), isAdministrator: false }],
  ['narrow-token', { name: 'rachel', user: null, isAdministrator: false }],
  ['the-hubs-token', { name: 'hub', user: null, isAdministrator: true }],
]);

/** Knows two users, a token too narrow to act for one of them, and an administrator who is no user. */
export const source: TokenSource = {
  async ownerOf(token) {
    const owner = OWNERS.get(token);
    if (!owner) throw new DomainError('invalid_token', 'Token is invalid');
    return owner;
  },
  userNamed: (username) => (username === 'rachel' ? rachel : userWithIds(username, null, null)),
};

/** The header that brings a token. */
export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
