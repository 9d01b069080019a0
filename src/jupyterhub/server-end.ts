import { z } from 'zod';
import { withoutTrailingSlashes } from '../domain/urls';
import { ANSWER_LIMITS, type Fetch, failureCode } from '../http/fetch';
import { retryAfterMs } from '../http/headers';
import { documentOf, getJson } from '../http/json';

/** URL, credentials and limits of requests to the hub. */
export interface HubConnection {
  /** URL of the hub's REST API, such as `http://hub:8081/hub/api`. */
  readonly apiUrl: string;
  /** Token of a service with the scopes `delete:servers` and `read:servers`. */
  readonly token: string;
  /** Limit of one request. */
  readonly timeoutMs: number;
  /** Aborts requests in flight. */
  readonly signal: AbortSignal;
  readonly fetch?: Fetch | undefined;
}

/**
 * Result of one notification: `told` the hub deletes the server; `known` it has no such server, or is stopping it
 * already; `replaced` the server was started after the end of the lab; `declined` the hub refused to delete it.
 */
export type HubNotificationResult = 'told' | 'known' | 'replaced' | 'declined';

/** A failed notification that may be retried. The message contains neither token nor username. */
export class HubNotTold extends Error {
  override readonly name = 'HubNotTold';

  constructor(
    problem: string,
    readonly kind: 'busy' | 'refused' | 'unavailable',
    readonly retryAfterMs: number | null = null,
  ) {
    super(`The hub could not be told that a lab has ended: ${problem}`);
  }
}

const hubUser = z.object({
  servers: z
    .record(z.string(), z.object({ started: z.string().nullable(), pending: z.string().nullable() }))
    .optional(),
});

type HubUser = z.output<typeof hubUser>;

/**
 * Statuses that leave open whether there is a server: the token lacks the scope to read it, or there is no such user.
 */
const UNSEEN: readonly number[] = [401, 403, 404];

/**
 * Notifies the hub that the lab of a user ended at `endedAtMs`, by a DELETE of the user's server: the hub polls the
 * server and removes one whose pod is gone. A server that was started later or is starting is left alone, provided that
 * the token has the scope to read servers. A request that times out has either only read, or is retried as a whole.
 *
 * @throws HubNotTold when the notification should be retried.
 */
export async function reportServerEnd(
  username: string,
  endedAtMs: number,
  connection: HubConnection,
): Promise<HubNotificationResult> {
  const url = `${withoutTrailingSlashes(connection.apiUrl)}/users/${encodeURIComponent(username)}`;
  const user = await readUser(url, connection);
  return (user && judge(user, endedAtMs)) ?? deleteServer(`${url}/server`, connection);
}

/** The result that the hub's state alone decides; null when the server is to be deleted. */
function judge({ servers }: HubUser, endedAtMs: number): HubNotificationResult | null {
  if (!servers) return null;
  const server = servers[''];
  if (!server) return 'known';
  if (server.started !== null && Date.parse(server.started) > endedAtMs) return 'replaced';
  if (server.pending === 'stop') return 'known';
  if (server.pending !== null) throw new HubNotTold(`the server is pending ${server.pending}`, 'busy');
  return null;
}

async function readUser(url: string, connection: HubConnection): Promise<HubUser | null> {
  const { signal, timeoutMs, fetch = globalThis.fetch } = connection;
  const abortable: Fetch = (address, init) =>
    fetch(address, { ...init, signal: init.signal ? AbortSignal.any([init.signal, signal]) : signal });
  const init = {
    headers: authorization(connection),
    limitBytes: ANSWER_LIMITS.hub,
    redirect: 'error',
  } as const;
  const answer = await getJson(url, init, { fetch: abortable, timeoutMs }, unavailable);
  const { response } = answer;
  if (UNSEEN.includes(response.status)) return null;
  if (!response.ok) throw refusal(response);
  return documentOf(answer, hubUser, unavailable);
}

async function deleteServer(url: string, connection: HubConnection): Promise<HubNotificationResult> {
  const { signal, timeoutMs, fetch = globalThis.fetch } = connection;
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'DELETE',
      headers: authorization(connection),
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    await response.body?.cancel();
  } catch (error) {
    throw unavailable(failureCode(error));
  }
  if (response.ok) return 'told';
  if (response.status === 404) return 'known';
  if (response.status === 400) return 'declined';
  throw refusal(response);
}

function authorization({ token }: HubConnection): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${token}` };
}

function unavailable(problem: string): HubNotTold {
  return new HubNotTold(problem, 'unavailable');
}

function refusal({ headers, status }: Response): HubNotTold {
  const waitMs = retryAfterMs(headers.get('retry-after'), Date.now());
  const kind = status === 401 || status === 403 ? 'refused' : 'unavailable';
  return new HubNotTold(`status ${status}`, kind, waitMs);
}
