import { z } from 'zod';
import { type User, userWithIds } from '../../domain/user';
import { InvalidRequest, toProblems } from '../errors';

const body = z.object({
  user: z.object({
    name: z.string().nullish(),
    uid: z.int(),
    gid: z.int(),
    groups: z.array(z.object({ name: z.string().min(1), id: z.int() })).default([]),
  }),
});

/**
 * Parses the identity that the hub sends with a request for a user's lab, in the body's key `user`.
 *
 * @throws InvalidRequest with all problems.
 */
export function parseSentUser(username: string, sent: unknown): User {
  const parsed = body.safeParse({ user: sent }, { reportInput: true });
  if (!parsed.success) {
    throw new InvalidRequest(toProblems(parsed.error.issues, 'body', () => true));
  }
  const { name, ...ids } = parsed.data.user;
  return userWithIds(username, name ?? null, ids);
}
