import { z } from 'zod';
import { DomainError } from '../domain/errors';
import { withoutTrailingSlashes } from '../domain/urls';
import type { User } from '../domain/user';
import { ANSWER_LIMITS } from '../http/bounded-body';
import { isSendable } from '../http/fetch';
import { documentOf, getJson, type JsonClient } from '../http/json';
import { explainRefusal } from './refusal';

const GIB = 2 ** 30;

const notebookQuota = z
  .object({ cpu: z.number(), memory: z.number(), spawn: z.boolean().default(true) })
  .transform((quota) => ({ ...quota, memory: Math.floor(quota.memory * GIB) }));

const userInfo = z
  .object({
    username: z.string().min(1),
    name: z.string().nullish(),
    uid: z.int().nullish(),
    gid: z.int().nullish(),
    groups: z.array(z.object({ name: z.string(), id: z.int() })).nullish(),
    quota: z.object({ notebook: notebookQuota.nullish() }).nullish(),
  })
  .transform(({ username, name, uid, gid, groups, quota }) => ({
    username,
    name: name ?? null,
    uid: uid ?? null,
    gid: gid ?? null,
    groups: groups ?? [],
    quota: quota?.notebook ?? null,
  })) satisfies z.ZodType<User>;

/**
 * Asks the identity service whose token this is.
 *
 * @throws DomainError `invalid_token` when the token is refused, `gafaelfawr_error` for any other failure.
 *   The token is in neither message nor cause.
 */
export async function requestUserInfo(baseUrl: string, token: string, client: JsonClient): Promise<User> {
  if (!isSendable(token)) throw invalidToken(null);
  const url = `${withoutTrailingSlashes(baseUrl)}/user-info`;
  const authorization = `Bearer ${token}`;
  const init = { headers: { authorization }, limitBytes: ANSWER_LIMITS.userInfo, redirect: 'error' } as const;
  const answer = await getJson(url, init, client, lookupFailed);
  const { status, headers } = answer.response;
  if (status === 401 || status === 403) throw invalidToken(headers.get('www-authenticate'));
  return documentOf(answer, userInfo, lookupFailed);
}

function invalidToken(challenge: string | null): DomainError {
  const reason = explainRefusal(challenge);
  return new DomainError('invalid_token', `User token is invalid${reason ? `: ${reason}` : ''}`);
}

function lookupFailed(problem: string): DomainError {
  return new DomainError('gafaelfawr_error', `User lookup in Gafaelfawr failed: ${problem}`);
}
