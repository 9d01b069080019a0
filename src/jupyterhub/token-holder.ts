import { z } from 'zod';
import { DomainError } from '../domain/errors';
import { type Fetch, failureCode } from '../http/fetch';

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
  readonly fetch?: Fetch;
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
  // Anything else could not be sent, and the error for it would quote the header.
  if (!/^[\x21-\x7e]+$/.test(token)) throw invalidToken();
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(`${apiUrl.replace(/\/+$/, '')}/user`, {
      headers: { accept: 'application/json', authorization: `Bearer ${token}` },
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    body = response.ok ? await response.json() : await response.body?.cancel();
  } catch (error) {
    throw lookupFailed(failureCode(error));
  }
  if (response.status === 401 || response.status === 403) throw invalidToken();
  if (response.status === 404) throw lookupFailed('status 404; auth.apiUrl must be the URL of its REST API');
  if (!response.ok) throw lookupFailed(`status ${response.status}`);
  const parsed = tokenHolder.safeParse(body);
  if (!parsed.success) {
    throw lookupFailed(`unexpected document at ${parsed.error.issues[0]?.path.join('.') || 'its top'}`);
  }
  return parsed.data;
}

function invalidToken(): DomainError {
  return new DomainError('invalid_token', 'Token is invalid');
}

function lookupFailed(problem: string): DomainError {
  return new DomainError('jupyterhub_error', `Token lookup in JupyterHub failed: ${problem}`);
}
