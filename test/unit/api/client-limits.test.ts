import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { bearerAuthentication } from '../../../src/api/authentication/bearer';
import { DomainError } from '../../../src/domain/errors';
import { cachedByToken } from '../../../src/identity/token-lookup';
import { eventually } from '../../support/eventually';
import { bearer, source } from './bearer-source';
import { aUser } from './fakes';
import { answerTo, get, LABS, port, refusals, STATUS, send, start, stop } from './held-api';

afterEach(stop);

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

  test('invalid tokens of one address are looked up so many times a minute; known tokens are admitted all the same', async () => {
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

  test('invalid tokens do not keep a token from being looked up that was valid before, at the same address', async () => {
    const asked: string[] = [];
    const lookup = cachedByToken(
      async (token) => {
        asked.push(token);
        return source.ownerOf(token);
      },
      { userInfoCacheMs: 0, userInfoCacheSize: 100 },
    );
    const addresses: string[] = [];
    const ownerOf = (token: string, address = '') => {
      addresses.push(address);
      return lookup(token, address);
    };
    await start(
      { invalidTokensPerMinute: 3 },
      { authentication: bearerAuthentication({ ...source, ownerOf, remembers: lookup.remembers }) },
    );
    expect(await withToken('the-hubs-token')).toMatchObject({ status: 200 });
    for (const expected of [401, 401, 401, 429]) {
      expect(await withToken(`invalid-${asked.length}`)).toMatchObject({ status: expected });
    }

    expect(await withToken('the-hubs-token')).toMatchObject({ status: 200 });
    expect(await withToken('rachels-token')).toMatchObject({ status: 429 });
    expect(asked).toEqual(['the-hubs-token', 'invalid-1', 'invalid-2', 'invalid-3', 'the-hubs-token']);
    expect(new Set(addresses)).toEqual(new Set(['127.0.0.1']));
  });

  test('invalid tokens that identity services refuse behind an ingress are not counted by its address', async () => {
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

test('a process that is kept busy refuses all but probes until it is no longer', async () => {
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

  test('connections that send their headers too slowly are closed', async () => {
    await start({ requestHeadersMs: 100 });

    expect(await closed('GET / HTTP/1.1\r\nhost: x\r\nx-slow: ')).toMatch(/^HTTP\/1.1 408/);
  });

  test('connections with headers of more than 16 KiB are refused', async () => {
    await start({});

    expect(await closed(`GET / HTTP/1.1\r\nx-large: ${'x'.repeat(20_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 431/,
    );
  });

  test('connections beyond the limit are closed', async () => {
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
