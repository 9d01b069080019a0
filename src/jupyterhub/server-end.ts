import { z } from 'zod';
import { withoutTrailingSlashes } from '../domain/urls';
import { ANSWER_LIMITS } from '../http/bounded-body';
import { type Fetch, failureCode } from '../http/fetch';
import { documentOf, getJson } from '../http/json';
import { retryAfterMs } from '../http/retry-after';

/** How the hub is reached, and for how long. */
export interface HubConnection {
  /** URL of the hub's REST API, such as `http://hub:8081/hub/api`. */
  readonly apiUrl: string;
  /** Of a service with the scopes `delete:servers` and `read:servers`. */
  readonly token: string;
  /** For one request. */
  readonly timeoutMs: number;
  /** Ends requests under way. */
  readonly signal: AbortSignal;
  readonly fetch?: Fetch | undefined;
}

/** What came of telling the hub. Only with `told` was there something to do. */
export type NoticeResult = 'told' | 'known' | 'replaced' | 'declined';

/** The hub was not told, and may be later. The message names neither token nor user. */
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

/** Statuses that do not say whether there is a server: this token may not look, or there is no such user. */
const UNSEEN: readonly number[] = [401, 403, 404];

/**
 * Has the hub look after a user's server whose lab ended at `endedAtMs`: asked to delete a server, a hub polls it
 * and forgets one that is gone. A server started later, and one that is starting, is left alone, as far as the token
 * may see servers. Requests that a hanging hub answers late only read.
 *
 * @throws HubNotTold when it is worth another attempt.
 */
export async function reportServerEnd(
  username: string,
  endedAtMs: number,
  connection: HubConnection,
): Promise<NoticeResult> {
  const url = `${withoutTrailingSlashes(connection.apiUrl)}/users/${encodeURIComponent(username)}`;
  const user = await readUser(url, connection);
  return (user && judge(user, endedAtMs)) ?? deleteServer(`${url}/server`, connection);
}

/** Null when the answer does not matter to what follows. */
function judge({ servers }: HubUser, endedAtMs: number): NoticeResult | null {
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

async function deleteServer(url: string, connection: HubConnection): Promise<NoticeResult> {
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
