import { z } from 'zod';
import { DomainError } from '../domain/errors';
import type { User } from '../domain/user';
import { type Fetch, failureCode } from '../http/fetch';
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
export async function requestUserInfo(
  baseUrl: string,
  token: string,
  { fetch, timeoutMs }: { readonly fetch: Fetch; readonly timeoutMs: number },
): Promise<User> {
  // Anything else could not be sent, and the error for it would quote the header.
  if (!/^[\x21-\x7e]+$/.test(token)) throw invalidToken(null);
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(`${baseUrl.replace(/\/+$/, '')}/user-info`, {
      headers: { accept: 'application/json', authorization: `Bearer ${token}` },
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    body = response.ok ? await response.json() : await response.body?.cancel();
  } catch (error) {
    throw lookupFailed(failureCode(error));
  }
  if (response.status === 401 || response.status === 403) {
    throw invalidToken(response.headers.get('www-authenticate'));
  }
  if (!response.ok) throw lookupFailed(`status ${response.status}`);
  const parsed = userInfo.safeParse(body);
  if (!parsed.success) {
    throw lookupFailed(`unexpected document at ${parsed.error.issues[0]?.path.join('.') || 'its top'}`);
  }
  return parsed.data;
}

function invalidToken(challenge: string | null): DomainError {
  const reason = explainRefusal(challenge);
  return new DomainError('invalid_token', `User token is invalid${reason ? `: ${reason}` : ''}`);
}

function lookupFailed(problem: string): DomainError {
  return new DomainError('gafaelfawr_error', `User lookup in Gafaelfawr failed: ${problem}`);
}
