import { Agent, fetch as undiciFetch } from 'undici';
import { errorMessage } from '../domain/errors';
import type { LastActivity } from '../domain/last-activity';
import { withoutTrailingSlashes } from '../domain/urls';
import { AnswerTooLarge } from '../http/answer-refused';
import { ANSWER_LIMITS, readBody } from '../http/bounded-body';
import { type Fetch, failureCode } from '../http/fetch';
import { retryAfterMs } from '../http/retry-after';
import { readServiceToken } from './service-token';

/** What came of telling the hub. */
export type UpdateOutcome =
  | { readonly kind: 'told' }
  /** The hub knows no such user, or will never take this. */
  | { readonly kind: 'dropped'; readonly status: number }
  /** An operator must do something first; `problem` names no secret. */
  | { readonly kind: 'refused'; readonly problem: string }
  | { readonly kind: 'unavailable'; readonly problem: string; readonly retryAfterMs: number | null };

/** Writes users' activity to a hub. */
export interface HubActivity {
  /** Never throws. */
  tell(activity: LastActivity): Promise<UpdateOutcome>;
  close(): Promise<void>;
}

export interface HubActivityOptions {
  /** URL of the hub's REST API, such as `http://hub:8081/hub/api`. */
  readonly apiUrl: string;
  readonly tokenPath: string;
  readonly timeoutMs: number;
  /** Instead of the one connection that is kept. */
  readonly fetch?: Fetch | undefined;
}

/** As long as the pauses between updates of few labs; the hub itself closes idle connections much later. */
const KEEP_ALIVE_MS = 120_000;

/** Answers that say nothing about what was sent. */
const PASSING = new Set([408, 425, 429]);

/** Writes to the hub over one connection that is kept. */
export function createHubActivity({ apiUrl, tokenPath, timeoutMs, fetch }: HubActivityOptions): HubActivity {
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
    // An answer that is read to its end leaves the connection to the next request; of a longer one the status counts.
    await readBody(response, ANSWER_LIMITS.hub).catch((error: unknown) => {
      if (!(error instanceof AnswerTooLarge)) throw error;
    });
    return { status: response.status, retryAfter: response.headers.get('retry-after') };
  }

  return {
    async tell(activity) {
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

function outcomeOf(status: number, retryAfter: string | null): UpdateOutcome {
  if (status >= 200 && status < 300) return { kind: 'told' };
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
