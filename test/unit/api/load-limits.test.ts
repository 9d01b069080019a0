import { once } from 'node:events';
import { type ClientRequest, request as httpRequest } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { bearerAuthentication } from '../../../src/api/bearer-authentication';
import type { LoadSettings } from '../../../src/api/dependencies';
import { DomainError } from '../../../src/domain/errors';
import type { ProgressEvent } from '../../../src/domain/progress';
import { eventually } from '../../support/eventually';
import { bearer, source } from './bearer-source';
import { aBody, anEvent, aUser, aWorld, type Changes, headersOf, SETTINGS, type World } from './fakes';

const LABS = '/nublado/spawner/v1/labs';
const STATUS = '/nublado/spawner/v1/user-status';

let world: World;
/** Ends every event stream and answers every read that is held. */
let release: () => void;

afterEach(async () => {
  release();
  await world.app.close();
});

/** Starts an API with other limits, in which reads and streams last until `release` is called. */
async function start(changed: Partial<LoadSettings>, changes: Changes = {}): Promise<void> {
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

const port = (): number => (world.app.server.address() as AddressInfo).port;

interface Answer {
  readonly status: number | undefined;
  readonly retryAfter: string | undefined;
  readonly body: string;
}

const requests: ClientRequest[] = [];

/** Sends a request over a connection of its own, and gives up on it when the test is over. */
function send(path: string, headers: Record<string, string>, method = 'GET'): ClientRequest {
  const request = httpRequest({ host: '127.0.0.1', port: port(), path, method, headers, agent: false });
  request.on('error', () => undefined);
  requests.push(request);
  return request;
}

async function answerTo(request: ClientRequest): Promise<Answer> {
  request.end();
  const [response] = await once(request, 'response');
  return {
    status: response.statusCode,
    retryAfter: response.headers['retry-after'],
    body: await text(response),
  };
}

const get = (path: string, username: string): Promise<Answer> => answerTo(send(path, headersOf(username)));

/** Opens something that lasts, and waits until it is under way. */
async function hold(path: string, username: string): Promise<ClientRequest> {
  const before = await underWay();
  const request = send(path, headersOf(username));
  request.end();
  await eventually(underWay, (now) => now === before + 1);
  return request;
}

async function valueOf(metric: 'openEventStreams' | 'requestsUnderWay' | 'cutEventStreams'): Promise<number> {
  return (await world.metrics[metric].get()).values[0]?.value ?? 0;
}

const underWay = async (): Promise<number> =>
  (await valueOf('openEventStreams')) + (await valueOf('requestsUnderWay'));

async function refusals(): Promise<object> {
  const { values } = await world.metrics.refusedRequests.get();
  return Object.fromEntries(values.map(({ labels, value }) => [labels.limit, value]));
}

const HISTORY = '/nublado/spawner/v1/user-history';
const eventsOf = (username: string): string => `${LABS}/${username}/events`;

describe('requests under way', () => {
  test('of one user are limited, and those of others are answered', async () => {
    await start({ requestsOfUser: 2 });
    await hold(HISTORY, 'rachel');
    await hold(HISTORY, 'rachel');
    const refused = await get(HISTORY, 'rachel');

    expect(refused).toMatchObject({ status: 429, retryAfter: '5' });
    expect(JSON.parse(refused.body)).toEqual({
      detail: [{ msg: 'Too many requests of this user are under way', type: 'too_many_requests' }],
    });
    expect(await get(STATUS, 'beth')).toMatchObject({ status: 404 });
    expect(await refusals()).toEqual({ requests_of_user: 1 });
  });

  test('are limited in all; probes are answered even so', async () => {
    await start({ requests: 2 });
    await hold(HISTORY, 'rachel');
    await hold(HISTORY, 'beth');

    expect(await get(STATUS, 'carl')).toMatchObject({ status: 503, retryAfter: '5' });
    for (const path of ['/healthz', '/readyz', '/']) {
      expect(await get(path, 'carl')).toMatchObject({ status: 200 });
    }
    expect(await refusals()).toEqual({ requests: 1 });
  });

  test('take their place until they are answered, also when their client is gone', async () => {
    await start({ requestsOfUser: 1 });
    const request = await hold(HISTORY, 'rachel');
    request.destroy();
    await eventually(
      async () => world.logged.join(),
      (log) => log.includes('abandoned'),
    );
    expect(await get(HISTORY, 'rachel')).toMatchObject({ status: 429 });

    release();

    await eventually(
      () => get(STATUS, 'rachel'),
      ({ status }) => status === 404,
    );
    expect(await underWay()).toBe(0);
  });

  test('give their place back however they end', async () => {
    await start({ requestsOfUser: 1 });
    for (let attempt = 0; attempt < 5; attempt += 1) {
      expect(await get(`${LABS}/beth/events`, 'rachel')).toMatchObject({ status: 403 });
      expect(await get(`${LABS}/rachel/nothing`, 'rachel')).toMatchObject({ status: 404 });
      expect(await get(STATUS, 'rachel')).toMatchObject({ status: 404 });
    }
    expect(await underWay()).toBe(0);
  });

  test('are on the account of the user whom an administrator acts for, with tokens', async () => {
    await start({ eventStreamsOfUser: 1 }, { authentication: bearerAuthentication(source) });
    const streamOf = (username: string, token: string) => {
      const request = send(eventsOf(username), bearer(token));
      request.end();
      return once(request, 'response').then(([{ statusCode }]) => statusCode as number);
    };

    expect(await streamOf('rachel', 'the-hubs-token')).toBe(200);
    expect(await streamOf('beth', 'the-hubs-token')).toBe(200);
    expect(await streamOf('rachel', 'the-hubs-token')).toBe(429);
    expect(await streamOf('rachel', 'rachels-token')).toBe(429);
    expect(await streamOf('beth', 'rachels-token')).toBe(429);
    expect(await refusals()).toEqual({ event_streams_of_user: 3 });
  });
});

describe('event streams', () => {
  test('of one user are limited, and do not count as requests', async () => {
    await start({ eventStreamsOfUser: 2, requestsOfUser: 1 });
    const first = await hold(eventsOf('rachel'), 'rachel');
    await hold(eventsOf('rachel'), 'rachel');

    expect(await get(eventsOf('rachel'), 'rachel')).toMatchObject({ status: 429, retryAfter: '5' });
    expect(await get(STATUS, 'rachel')).toMatchObject({ status: 404 });
    await hold(eventsOf('beth'), 'beth');
    first.destroy();
    await eventually(underWay, (now) => now === 2);
    await hold(eventsOf('rachel'), 'rachel');
    expect(await refusals()).toEqual({ event_streams_of_user: 1 });
  });

  test('are limited in all', async () => {
    await start({ eventStreams: 2 });
    await hold(eventsOf('rachel'), 'rachel');
    await hold(eventsOf('beth'), 'beth');

    expect(await get(eventsOf('carl'), 'carl')).toMatchObject({ status: 503, retryAfter: '5' });
    expect(await refusals()).toEqual({ event_streams: 1 });
  });

  test('whose client does not read are cut off, and those of others go on', async () => {
    const message = 'x'.repeat(100_000);
    let sent = 0;
    async function* flood(): AsyncGenerator<ProgressEvent> {
      for (;;) {
        sent += 1;
        yield anEvent(sent, { message });
      }
    }
    await start({ stalledReaderMs: 100 }, { progress: { follow: async () => flood() } });
    const stalled = connect(port(), '127.0.0.1').pause();
    stalled.on('error', () => undefined);
    stalled.write(`GET ${eventsOf('rachel')} HTTP/1.1\r\nhost: x\r\nx-auth-request-user: rachel\r\n\r\n`);

    await eventually(
      () => valueOf('cutEventStreams'),
      (cut) => cut === 1,
    );
    const sentUntilCut = sent;
    await eventually(underWay, (now) => now === 0);
    stalled.destroy();
    expect(sentUntilCut * message.length).toBeLessThan(50_000_000);

    const reading = send(eventsOf('beth'), headersOf('beth'));
    reading.end();
    const [response] = await once(reading, 'response');
    let received = 0;
    for await (const chunk of response) {
      received += chunk.length;
      if (received > 200 * message.length) break;
    }
    expect(received).toBeGreaterThan(200 * message.length);
    expect(await valueOf('cutEventStreams')).toBe(1);
  });
});

describe('spawns', () => {
  const spawn = (username: string) =>
    world.app.inject({
      method: 'POST',
      url: `${LABS}/${username}/create`,
      headers: headersOf(username),
      payload: aBody(),
    });

  test('are limited by user and minute, whatever became of them', async () => {
    await start({ spawnsPerMinute: 3 });
    const statuses = [];
    for (let attempt = 0; attempt < 4; attempt += 1) statuses.push((await spawn('rachel')).statusCode);
    const refused = await spawn('rachel');

    expect(statuses).toEqual([201, 409, 409, 429]);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60);
    expect(refused.json().detail).toEqual([
      { msg: 'Too many spawns within a minute', type: 'too_many_requests' },
    ]);
    expect((await spawn('beth')).statusCode).toBe(201);
  });

  test('of 300 users at once are all accepted and followed by default, from one address', async () => {
    await start({});
    const users = Array.from({ length: 300 }, (_, index) => `user-${index}`);
    for (const username of users) world.users.set(username, aUser({ username }));
    const answers = await Promise.all(users.map(spawn));
    const streams = await Promise.all(
      users.map(async (username) => {
        const request = send(eventsOf(username), headersOf(username));
        request.end();
        const [{ statusCode }] = await once(request, 'response');
        return statusCode as number;
      }),
    );

    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([201]));
    expect(new Set(streams)).toEqual(new Set([200]));
    expect(await refusals()).toEqual({});
  });
});

describe('invalid tokens', () => {
  let lookups: number;

  /** As a hub is asked: it knows the tokens of the usual source, and nothing is remembered but what it knew. */
  function askedSource() {
    lookups = 0;
    const known = new Set<string>();
    return {
      ...source,
      async ownerOf(token: string) {
        if (!known.has(token)) lookups += 1;
        const owner = await source.ownerOf(token);
        known.add(token);
        return owner;
      },
      remembers: (token: string) => known.has(token),
    };
  }

  const withToken = (token: string) => answerTo(send(LABS, bearer(token)));

  test('of one address are looked up so many times a minute; known tokens are admitted all the same', async () => {
    await start({ invalidTokensPerMinute: 10 }, { authentication: bearerAuthentication(askedSource()) });
    expect(await withToken('the-hubs-token')).toMatchObject({ status: 200 });
    const statuses = [];
    for (let attempt = 0; attempt < 100; attempt += 1) {
      statuses.push((await withToken(`invalid-${attempt}`)).status);
    }

    expect(statuses.filter((status) => status === 401)).toHaveLength(10);
    expect(statuses.filter((status) => status === 429)).toHaveLength(90);
    expect(lookups).toBe(11);
    expect(await withToken('the-hubs-token')).toMatchObject({ status: 200 });
    expect(await refusals()).toEqual({ invalid_tokens: 90 });
  });

  test('that identity services refuse behind an ingress are not counted by its address', async () => {
    await start(
      { invalidTokensPerMinute: 1 },
      {
        identity: {
          async lookup(token) {
            if (token !== 'token-of-rachel') throw new DomainError('invalid_token', 'Token is invalid');
            return aUser();
          },
        },
      },
    );
    const form = `${LABS.replace('/labs', '/lab-form')}/rachel`;
    for (let attempt = 0; attempt < 5; attempt += 1) {
      expect(await get(form, 'beth')).toMatchObject({ status: 401 });
    }
    expect(await get(form, 'rachel')).toMatchObject({ status: 200 });
  });
});

test('a single long turn of the event loop, as at a start, has nothing refused', async () => {
  await start({ eventLoopDelayMs: 20 });
  const until = performance.now() + 500;
  while (performance.now() < until);
  const statuses = new Set<number | undefined>();
  for (let attempt = 0; attempt < 30; attempt += 1) statuses.add((await get(STATUS, 'rachel')).status);

  expect([...statuses]).toEqual([404]);
});

test('while the event loop is late, all but probes are refused', async () => {
  await start({ eventLoopDelayMs: 20 });
  let isBusy = true;
  const keepBusy = (): void => {
    const until = performance.now() + 60;
    while (performance.now() < until);
    if (isBusy) setTimeout(keepBusy, 0);
  };
  keepBusy();

  const refused = await eventually(
    () => get(STATUS, 'rachel'),
    ({ status }) => status === 503,
  );
  const probe = await get('/healthz', 'rachel');
  isBusy = false;

  expect(refused).toMatchObject({ retryAfter: '5' });
  expect(JSON.parse(refused.body)).toEqual({
    detail: [{ msg: 'The service is overloaded', type: 'overloaded' }],
  });
  expect(probe).toMatchObject({ status: 200 });
  await eventually(
    () => get(STATUS, 'rachel'),
    ({ status }) => status === 404,
  );
});

describe('connections', () => {
  async function closed(written: string): Promise<string> {
    const socket = connect(port(), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(written);
    return text(socket);
  }

  test('that send their headers too slowly are closed', async () => {
    await start({ requestHeadersMs: 100 });

    expect(await closed('GET / HTTP/1.1\r\nhost: x\r\nx-slow: ')).toMatch(/^HTTP\/1.1 408/);
  });

  test('with headers of more than 16 KiB are refused', async () => {
    await start({});

    expect(await closed(`GET / HTTP/1.1\r\nx-large: ${'x'.repeat(20_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 431/,
    );
  });

  test('beyond the limit are closed', async () => {
    await start({ connections: 1 });
    const first = connect(port(), '127.0.0.1');
    await once(first, 'connect');
    const answer = await eventually(
      () => closed('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'),
      (text) => text === '',
    );
    first.destroy();

    expect(answer).toBe('');
  });
});
