import { Agent, fetch as undiciFetch } from 'undici';
import { errorMessage } from '../domain/errors';
import type { LastActivity } from '../domain/last-activity';
import { withoutTrailingSlashes } from '../domain/urls';
import { ANSWER_LIMITS, AnswerTooLarge, type Fetch, failureCode, readBody } from '../http/fetch';
import { retryAfterMs } from '../http/headers';
import { readServiceToken } from './service-token';

/** Result of one update. */
export type UsageUpdateOutcome =
  | { readonly kind: 'sent' }
  /** The hub does not know the user, or will refuse this update again. */
  | { readonly kind: 'dropped'; readonly status: number }
  /** The configuration or the token has to be corrected first; `problem` contains no secret. */
  | { readonly kind: 'refused'; readonly problem: string }
  | { readonly kind: 'unavailable'; readonly problem: string; readonly retryAfterMs: number | null };

/** Updates `last_activity` of users and their servers in a hub. */
export interface HubUsageClient {
  /** Never throws. */
  send(activity: LastActivity): Promise<UsageUpdateOutcome>;
  close(): Promise<void>;
}

export interface HubUsageClientOptions {
  /** URL of the hub's REST API, such as `http://hub:8081/hub/api`. */
  readonly apiUrl: string;
  readonly tokenPath: string;
  readonly timeoutMs: number;
  /** Replaces the persistent connection, for tests and proxies. */
  readonly fetch?: Fetch | undefined;
}

/**
 * Idle time after which the connection is closed, in ms. Longer than the pauses between updates of a few labs; the hub
 * closes later.
 */
const KEEP_ALIVE_MS = 120_000;

/** Statuses of temporary failures: the same update may succeed later. */
const PASSING = new Set([408, 425, 429]);

/** Creates a client that sends all updates over one persistent connection. */
export function createHubUsageClient({
  apiUrl,
  tokenPath,
  timeoutMs,
  fetch,
}: HubUsageClientOptions): HubUsageClient {
  const dispatcher = new Agent({ connections: 1, keepAliveTimeout: KEEP_ALIVE_MS });
  const root = withoutTrailingSlashes(apiUrl);

  async function post({ username, server, lastActivityMs }: LastActivity, token: string) {
    const lastActivity = new Date(lastActivityMs).toISOString();
    const servers = server === null ? {} : { servers: { [server]: { last_activity: lastActivity } } };
    const url = `${root}/users/${encodeURIComponent(username)}/activity`;
    const init = {
      method: 'POST',
      headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ last_activity: lastActivity, ...servers }),
      redirect: 'manual' as const,
      signal: AbortSignal.timeout(timeoutMs),
    };
    const response = fetch ? await fetch(url, init) : await undiciFetch(url, { ...init, dispatcher });
    // The connection is reused only when the body has been read to its end. Of a body beyond the limit the status is
    // enough.
    await readBody(response, ANSWER_LIMITS.hub).catch((error: unknown) => {
      if (!(error instanceof AnswerTooLarge)) throw error;
    });
    return { status: response.status, retryAfter: response.headers.get('retry-after') };
  }

  return {
    async send(activity) {
      const token = await readServiceToken(tokenPath).catch((error: unknown) => error as Error);
      if (typeof token !== 'string') return { kind: 'refused', problem: errorMessage(token) };
      try {
        const { status, retryAfter } = await post(activity, token);
        return outcomeOf(status, retryAfter);
      } catch (error) {
        return { kind: 'unavailable', problem: failureCode(error), retryAfterMs: null };
      }
    },
    close: () => dispatcher.close(),
  };
}

function outcomeOf(status: number, retryAfter: string | null): UsageUpdateOutcome {
  if (status >= 200 && status < 300) return { kind: 'sent' };
  if (status === 401) return { kind: 'refused', problem: 'status 401: it does not know this token' };
  if (status === 403) {
    const problem = 'status 403: the token is unknown to it, or its role lacks the scope users:activity';
    return { kind: 'refused', problem };
  }
  if (status >= 300 && status < 400) {
    return { kind: 'refused', problem: `status ${status}: hub.apiUrl must be the URL of its REST API` };
  }
  if (status < 500 && !PASSING.has(status)) return { kind: 'dropped', status };
  const problem = `status ${status}`;
  return { kind: 'unavailable', problem, retryAfterMs: retryAfterMs(retryAfter, Date.now()) };
}
