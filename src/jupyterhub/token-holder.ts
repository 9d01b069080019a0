import { z } from 'zod';
import { DomainError } from '../domain/errors';
import { withoutTrailingSlashes } from '../domain/urls';
import { ANSWER_LIMITS } from '../http/bounded-body';
import { type Fetch, isSendable } from '../http/fetch';
import { documentOf, getJson } from '../http/json';

/** The holder of a token as JupyterHub describes it, with the scopes that the token has. */
export interface TokenHolder {
  readonly kind: 'user' | 'service';
  readonly name: string;
  /** Names of the user's groups; empty for services. */
  readonly groups: readonly string[];
  readonly scopes: readonly string[];
}

export interface HubOptions {
  /** URL of the hub's REST API, such as `http://hub:8081/hub/api`. */
  readonly apiUrl: string;
  readonly timeoutMs: number;
  readonly fetch?: Fetch | undefined;
}

const tokenHolder = z
  .object({
    kind: z.enum(['user', 'service']),
    name: z.string().min(1),
    groups: z.array(z.string()).nullish(),
    scopes: z.array(z.string()),
  })
  .transform((holder) => ({ ...holder, groups: holder.groups ?? [] })) satisfies z.ZodType<TokenHolder>;

/**
 * Asks JupyterHub whose token this is.
 *
 * @throws DomainError `invalid_token` when the hub does not know the token, `jupyterhub_error` for any other failure.
 *   The token is in neither message nor cause.
 */
export async function requestTokenHolder(
  token: string,
  { apiUrl, timeoutMs, fetch = globalThis.fetch }: HubOptions,
): Promise<TokenHolder> {
  if (!isSendable(token)) throw invalidToken();
  const url = `${withoutTrailingSlashes(apiUrl)}/user`;
  const headers = { authorization: `Bearer ${token}` };
  const init = { headers, limitBytes: ANSWER_LIMITS.hub, redirect: 'error' } as const;
  const answer = await getJson(url, init, { fetch, timeoutMs }, lookupFailed);
  const { status } = answer.response;
  if (status === 401 || status === 403) throw invalidToken();
  if (status === 404) throw lookupFailed('status 404; auth.apiUrl must be the URL of its REST API');
  return documentOf(answer, tokenHolder, lookupFailed);
}

function invalidToken(): DomainError {
  return new DomainError('invalid_token', 'Token is invalid');
}

function lookupFailed(problem: string): DomainError {
  return new DomainError('jupyterhub_error', `Token lookup in JupyterHub failed: ${problem}`);
}
