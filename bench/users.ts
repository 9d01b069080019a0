import { randomBytes } from 'node:crypto';
import { request } from 'undici';
import type { Stack } from '../stack/description';
import type { FakeUser } from '../stack/identity/users';
import type { LabUser } from './lab-client';

/**
 * Creates users for one measurement in the stack's identity service; `facts` are added to what it says of each of them.
 *
 * @throws Error when it refuses one.
 */
export function makeUsers(
  { identity }: Stack,
  prefix: string,
  count: number,
  facts: Partial<FakeUser> = {},
): Promise<LabUser[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const username = `${prefix}-${randomBytes(4).toString('hex')}`;
      const token = `gt-${username}.load`;
      const answer = await request(`${identity.controlUrl}/users/${token}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          username,
          uid: 5000,
          gid: 5000,
          groups: [{ name: username, id: 5000 }],
          ...facts,
        }),
      });
      await answer.body.dump();
      if (answer.statusCode !== 204) throw new Error(`${answer.statusCode} for a user`);
      return { username, token };
    }),
  );
}
