import type { Finding } from './diagnostics';
import type { SecretText } from './secret-text';

/** Usernames and tokens that an earlier user has too, without showing a token. */
export function sharedNames(
  users: readonly { readonly username: string; readonly token: SecretText }[],
): Finding[] {
  const usernames = users.map(({ username }) => username);
  const tokens = users.map(({ token }) => token.reveal());
  return users.flatMap(({ username, token }, index): Finding[] => {
    const owner = tokens.indexOf(token.reveal());
    const sameName: Finding = {
      path: ['users', index, 'username'],
      value: `"${username}"`,
      rule: 'duplicate',
      message: `"${username}" is the username of an earlier user`,
      remedy: 'List each user once.',
    };
    const sameToken: Finding = {
      path: ['users', index, 'token'],
      rule: 'duplicate',
      message: `the value is the token of "${usernames[owner]}" too; give each user their own`,
      remedy: 'Give each user a token of their own.',
    };
    return [
      ...(usernames.indexOf(username) < index ? [sameName] : []),
      ...(owner < index ? [sameToken] : []),
    ];
  });
}
