import type * as z from 'zod';
import type { SecretText } from './secret-text';

/** Refuses usernames and tokens that an earlier user has too, without showing a token. */
export function refuseSharedNames(
  users: readonly { readonly username: string; readonly token: SecretText }[],
  context: z.RefinementCtx,
): void {
  const usernames = users.map(({ username }) => username);
  const tokens = users.map(({ token }) => token.reveal());
  users.forEach(({ username, token }, index) => {
    const refuse = (key: 'username' | 'token', message: string): void => {
      context.addIssue({ code: 'custom', path: ['users', index, key], message });
    };
    const owner = tokens.indexOf(token.reveal());
    if (usernames.indexOf(username) < index) {
      refuse('username', `"${username}" is the username of an earlier user`);
    }
    if (owner < index) {
      refuse('token', `the value is the token of "${usernames[owner]}" too; give each user their own`);
    }
  });
}
