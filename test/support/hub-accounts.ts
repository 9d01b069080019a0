import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { hubApi } from '../../stack/hub-api';
import { accepted, type HubAccess, hubRequest } from '../../stack/hub-request';

/** A token issued by the stack's JupyterHub. */
export interface IssuedToken {
  readonly id: string;
  readonly token: string;
}

/** The accounts of a stack's JupyterHub. */
export interface HubAccounts {
  /** Creates a user for one test, a member of these groups. */
  aUser(groups?: readonly string[]): Promise<string>;
  /** A token of a user: with all their permissions, or with these scopes. */
  issueToken(username: string, scopes?: readonly string[]): Promise<IssuedToken>;
  revokeToken(username: string, token: IssuedToken): Promise<void>;
}

const issuedToken = z.object({ id: z.string(), token: z.string() });

/** Manages accounts through the hub's own API. */
export function hubAccounts(access: HubAccess): HubAccounts {
  const ask = hubRequest(access);
  const api = hubApi(access);

  /** Creates a group unless it exists. */
  async function addGroup(group: string): Promise<void> {
    const answer = await ask('POST', `groups/${group}`);
    if (answer.status !== 409) await accepted(answer);
  }

  return {
    async aUser(groups = []) {
      const username = `user-${randomBytes(4).toString('hex')}`;
      await api.addUsers([username]);
      for (const group of groups) {
        await addGroup(group);
        await accepted(ask('POST', `groups/${group}/users`, { users: [username] }));
      }
      return username;
    },
    async issueToken(username, scopes) {
      const answer = await accepted(ask('POST', `users/${username}/tokens`, { scopes }));
      return issuedToken.parse(await answer.json());
    },
    async revokeToken(username, { id }) {
      await accepted(ask('DELETE', `users/${username}/tokens/${id}`));
    },
  };
}
