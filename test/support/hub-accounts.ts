import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { HubDescription } from '../../stack/description';

/** A token as the stack's JupyterHub has issued it. */
export interface IssuedToken {
  readonly id: string;
  readonly token: string;
}

/** The accounts of a stack's JupyterHub. */
export interface HubAccounts {
  /** Makes a user whom nobody else uses, a member of these groups. */
  aUser(groups?: readonly string[]): Promise<string>;
  /** A token of a user: good for all that they may do, or for these scopes. */
  issueToken(username: string, scopes?: readonly string[]): Promise<IssuedToken>;
  revokeToken(username: string, token: IssuedToken): Promise<void>;
}

const issuedToken = z.object({ id: z.string(), token: z.string() });

/** Manages accounts through the hub's own API. */
export function hubAccounts({ apiUrl, adminToken }: HubDescription): HubAccounts {
  async function send(method: string, path: string, body?: object): Promise<unknown> {
    const answer = await fetch(`${apiUrl}/${path}`, {
      method,
      headers: { authorization: `token ${adminToken}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const isThere = method === 'POST' && answer.status === 409;
    if (!answer.ok && !isThere) throw new Error(`JupyterHub answered ${answer.status} to ${path}: ${text}`);
    return text === '' ? null : JSON.parse(text);
  }

  return {
    async aUser(groups = []) {
      const username = `user-${randomBytes(4).toString('hex')}`;
      await send('POST', `users/${username}`);
      for (const group of groups) {
        await send('POST', `groups/${group}`);
        await send('POST', `groups/${group}/users`, { users: [username] });
      }
      return username;
    },
    async issueToken(username, scopes) {
      return issuedToken.parse(await send('POST', `users/${username}/tokens`, { scopes }));
    },
    async revokeToken(username, { id }) {
      await send('DELETE', `users/${username}/tokens/${id}`);
    },
  };
}
