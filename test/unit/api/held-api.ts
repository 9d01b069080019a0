import { once } from 'node:events';
import { type ClientRequest, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { LoadSettings } from '../../../src/api/dependencies';
import type { ProgressEvent } from '../../../src/domain/progress';
import { eventually } from '../../support/eventually';
import { anEvent, aUser, aWorld, type Changes, headersOf, SETTINGS, type World } from './fakes';

export const LABS = '/nublado/spawner/v1/labs';
export const STATUS = '/nublado/spawner/v1/user-status';

let world: World;
/** Ends every event stream and answers every read that is held. */
let release: () => void;

/** What stands behind the API that was started last. */
export const present = (): World => world;

/** Answers all that is held. */
export const releaseAll = (): void => release();

/** Ends the API that was started last. */
export async function stop(): Promise<void> {
  release();
  for (const request of requests.splice(0)) request.destroy();
  await world.app.close();
}

/** Starts an API with other limits, in which reads and streams last until `releaseAll` is called. */
export async function start(changed: Partial<LoadSettings>, changes: Changes = {}): Promise<void> {
  const held = Promise.withResolvers<void>();
  release = held.resolve;
  async function* events(signal: AbortSignal): AsyncGenerator<ProgressEvent> {
    yield anEvent(1);
    await Promise.race([held.promise, once(signal, 'abort')]);
  }
  world = await aWorld({
    settings: { ...SETTINGS, limits: { ...SETTINGS.limits, ...changed } },
    progress: { follow: async (_username, { signal }) => events(signal) },
    history: { livesOf: () => held.promise.then(() => []), lastOf: async () => null },
    ...changes,
  });
  for (const username of ['beth', 'carl']) world.users.set(username, aUser({ username }));
  await world.app.listen({ port: 0, host: '127.0.0.1' });
}

/** Where the API listens. */
export const port = (): number => (world.app.server.address() as AddressInfo).port;

/** As much of an answer as limits show in. */
export interface Answer {
  readonly status: number | undefined;
  readonly retryAfter: string | undefined;
  readonly body: string;
}

const requests: ClientRequest[] = [];

/** Sends a request over a connection of its own, and gives up on it when the test is over. */
export function send(path: string, headers: Record<string, string>, method = 'GET'): ClientRequest {
  const request = httpRequest({ host: '127.0.0.1', port: port(), path, method, headers, agent: false });
  request.on('error', () => undefined);
  requests.push(request);
  return request;
}

/** Sends a request that is complete, and reads its answer. */
export async function answerTo(request: ClientRequest): Promise<Answer> {
  request.end();
  const [response] = await once(request, 'response');
  return {
    status: response.statusCode,
    retryAfter: response.headers['retry-after'],
    body: await text(response),
  };
}

/** What the ingress's headers of a user get. */
export const get = (path: string, username: string): Promise<Answer> =>
  answerTo(send(path, headersOf(username)));

/** Opens something that lasts, and waits until it is under way. */
export async function hold(path: string, username: string): Promise<ClientRequest> {
  const before = await underWay();
  const request = send(path, headersOf(username));
  request.end();
  await eventually(underWay, (now) => now === before + 1);
  return request;
}

/** The value of a metric. */
export async function valueOf(
  metric: 'openEventStreams' | 'requestsUnderWay' | 'cutEventStreams',
): Promise<number> {
  return (await world.metrics[metric].get()).values[0]?.value ?? 0;
}

/** Number of requests and event streams under way. */
export const underWay = async (): Promise<number> =>
  (await valueOf('openEventStreams')) + (await valueOf('requestsUnderWay'));

/** How often each limit was reached. */
export async function refusals(): Promise<object> {
  const { values } = await world.metrics.refusedRequests.get();
  return Object.fromEntries(values.map(({ labels, value }) => [labels.limit, value]));
}

/** A read that is held. */
export const HISTORY = '/nublado/spawner/v1/user-history';
/** An event stream that is held. */
export const eventsOf = (username: string): string => `${LABS}/${username}/events`;
