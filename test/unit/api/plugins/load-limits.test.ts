import { once } from 'node:events';
import { connect } from 'node:net';
import { bearerAuthentication } from '../../../../src/api/authentication/bearer';
import type { ProgressEvent } from '../../../../src/domain/progress';
import { eventually } from '../../../support/eventually';
import { bearer, source } from '../bearer-source';
import { aBody, anEvent, aUser, headersOf } from '../fakes';
import {
  eventsOf,
  get,
  HISTORY,
  hold,
  LABS,
  port,
  present,
  refusals,
  releaseAll,
  STATUS,
  send,
  start,
  stop,
  underWay,
  valueOf,
} from '../held-api';

afterEach(stop);

describe('requests under way', () => {
  test('requests under way of one user are limited, and those of others are answered', async () => {
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

  test('requests under way are limited in all; probes are answered even so', async () => {
    await start({ requests: 2 });
    await hold(HISTORY, 'rachel');
    await hold(HISTORY, 'beth');

    expect(await get(STATUS, 'carl')).toMatchObject({ status: 503, retryAfter: '5' });
    for (const path of ['/healthz', '/readyz', '/']) {
      expect(await get(path, 'carl')).toMatchObject({ status: 200 });
    }
    expect(await refusals()).toEqual({ requests: 1 });
  });

  test('requests under way take their place until they are answered, also when their client is gone', async () => {
    await start({ requestsOfUser: 1 });
    const request = await hold(HISTORY, 'rachel');
    request.destroy();
    await eventually(
      async () => present().logged.join(),
      (log) => log.includes('abandoned'),
    );
    expect(await get(HISTORY, 'rachel')).toMatchObject({ status: 429 });

    releaseAll();

    await eventually(
      () => get(STATUS, 'rachel'),
      ({ status }) => status === 404,
    );
    expect(await underWay()).toBe(0);
  });

  test.each([
    ['reads', HISTORY],
    ['event streams', eventsOf('rachel')],
  ])(
    'requests under way that are pipelined have their connection closed, and keep no place: %s',
    async (_what, path) => {
      await start({ requestsOfUser: 4, eventStreamsOfUser: 4 });
      const socket = connect(port(), '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nx-auth-request-user: rachel\r\n\r\n`.repeat(4));
      socket.resume();
      await eventually(async () => socket.closed, Boolean);
      releaseAll();

      await eventually(underWay, (now) => now === 0);
      for (let held = 0; held < 4; held += 1) {
        const request = send(eventsOf('rachel'), headersOf('rachel'));
        request.end();
        expect((await once(request, 'response'))[0]).toMatchObject({ statusCode: 200 });
      }
    },
  );

  test('requests under way give their place back however they end', async () => {
    await start({ requestsOfUser: 1 });
    for (let attempt = 0; attempt < 5; attempt += 1) {
      expect(await get(`${LABS}/beth/events`, 'rachel')).toMatchObject({ status: 403 });
      expect(await get(`${LABS}/rachel/nothing`, 'rachel')).toMatchObject({ status: 404 });
      expect(await get(STATUS, 'rachel')).toMatchObject({ status: 404 });
    }
    expect(await underWay()).toBe(0);
  });

  test('requests under way of administrators for a user are on an account apart from the user’s own, with tokens', async () => {
    await start({ eventStreamsOfUser: 1 }, { authentication: bearerAuthentication(source) });
    const streamOf = (username: string, token: string) => {
      const request = send(eventsOf(username), bearer(token));
      request.end();
      return once(request, 'response').then(([{ statusCode }]) => statusCode as number);
    };

    expect(await streamOf('rachel', 'the-hubs-token')).toBe(200);
    expect(await streamOf('beth', 'the-hubs-token')).toBe(200);
    expect(await streamOf('rachel', 'the-hubs-token')).toBe(429);
    expect(await streamOf('beth', 'rachels-token')).toBe(403);
    expect(await streamOf('rachel', 'rachels-token')).toBe(200);
    expect(await streamOf('rachel', 'rachels-token')).toBe(429);
    expect(await streamOf('beth', 'rachels-token')).toBe(429);
    expect(await refusals()).toEqual({ event_streams_of_user: 3 });
  });
});

describe('event streams', () => {
  test('event streams of one user are limited, and do not count as requests', async () => {
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

  test('event streams are limited in all', async () => {
    await start({ eventStreams: 2 });
    await hold(eventsOf('rachel'), 'rachel');
    await hold(eventsOf('beth'), 'beth');

    expect(await get(eventsOf('carl'), 'carl')).toMatchObject({ status: 503, retryAfter: '5' });
    expect(await refusals()).toEqual({ event_streams: 1 });
  });

  test('event streams whose client does not read are cut off, and those of others go on', async () => {
    const message = 'x'.repeat(100_000);
    let sent = 0;
    async function* flood(): AsyncGenerator<ProgressEvent> {
      for (;;) {
        sent += 1;
        yield anEvent(sent, { message });
      }
    }
    // Longer than any pause of the reader below, which shares the process with the API.
    await start({ stalledReaderMs: 3_000 }, { progress: { follow: async () => flood() } });
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
    present().app.inject({
      method: 'POST',
      url: `${LABS}/${username}/create`,
      headers: headersOf(username),
      payload: aBody(),
    });

  test('spawns are limited by user and minute, whatever became of them', async () => {
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

  test('spawns of 300 users at once are all accepted and followed by default, from one address', async () => {
    await start({});
    const users = Array.from({ length: 300 }, (_, index) => `user-${index}`);
    for (const username of users) present().users.set(username, aUser({ username }));
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

test('requests for a file server are limited by user and minute, apart from spawns', async () => {
  await start({ fileServersPerMinute: 2, spawnsPerMinute: 1 });
  const statuses: unknown[] = [];
  for (const path of ['/files', '/files/rachel', '/files']) statuses.push((await get(path, 'rachel')).status);

  expect(statuses).toEqual([200, 303, 429]);
  expect(JSON.parse((await get('/files', 'rachel')).body)).toEqual({
    detail: [{ msg: 'Too many requests for a file server within a minute', type: 'too_many_requests' }],
  });
  expect(await get('/files', 'beth')).toMatchObject({ status: 200 });
  expect(await refusals()).toEqual({ file_servers_of_user: 2 });
});
