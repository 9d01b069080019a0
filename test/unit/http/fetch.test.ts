import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { failureCode, readBody } from '../../../src/http/fetch';
import { getJson } from '../../../src/http/json';

const KIB = 2 ** 10;

let server: Server;
let answer: (response: ServerResponse) => void;
let closed: Promise<void>;

beforeEach(async () => {
  const end = Promise.withResolvers<void>();
  closed = end.promise;
  server = createServer((_, response) => {
    response.on('close', () => end.resolve());
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

const reading = async (limitBytes: number) => readBody(await fetch(url()), limitBytes);

/** Writes for ever, without saying how much it will be. */
function stream(response: ServerResponse, piece = 'x'.repeat(KIB)): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  const write = (): void => {
    while (!response.destroyed && response.write(piece));
    if (!response.destroyed) response.once('drain', write);
  };
  write();
}

test('a body is read as it is, up to the limit exactly', async () => {
  answer = (response) => response.end(Buffer.from([0, 255, 10]));

  expect([...(await reading(3))]).toEqual([0, 255, 10]);
  await expect(reading(2)).rejects.toThrow('an answer of more than');
});

test('an answer without end is cut off at the limit, and its connection is closed', async () => {
  answer = stream;

  await expect(reading(64 * KIB)).rejects.toThrow('an answer of more than 64 KiB');
  await closed;
});

test('an answer with a too large Content-Length is refused before it is read', async () => {
  answer = (response) => {
    response.writeHead(200, { 'content-length': String(64 * KIB + 1) });
    response.write('x');
  };

  await expect(reading(64 * KIB)).rejects.toThrow('an answer of more than 64 KiB');
  await closed;
});

test('a small answer that unpacks to a large one is cut off too', async () => {
  const packed = gzipSync(Buffer.alloc(2 ** 24));
  expect(packed.length).toBeLessThan(32 * KIB);
  answer = (response) => {
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': packed.length }).end(packed);
  };

  await expect(reading(64 * KIB)).rejects.toThrow('an answer of more than 64 KiB');
});

const getting = (timeoutMs: number) =>
  getJson(
    url(),
    { limitBytes: 64 * KIB },
    { fetch: globalThis.fetch, timeoutMs },
    (problem) => new Error(problem),
  );

test('JSON is read within the same bound, and the failure has the limit', async () => {
  answer = stream;

  await expect(getting(5_000)).rejects.toThrow('an answer of more than 64 KiB');
});

test('an answer that comes drop by drop ends with the time of the request', async () => {
  answer = (response) => {
    response.writeHead(200);
    const drip = setInterval(() => response.write(' '), 10);
    response.on('close', () => clearInterval(drip));
  };

  await expect(getting(200)).rejects.toThrow('no answer in time');
});

describe('a redirect of a request without a token', () => {
  const redirecting = (location: string) => {
    let isFirst = true;
    answer = (response) => {
      if (isFirst) response.writeHead(302, { location }).end();
      else response.end('{"a": 1}');
      isFirst = false;
    };
  };

  test('a redirect of a request without a token is followed within the origin', async () => {
    redirecting('/there');

    expect(await getting(5_000)).toMatchObject({ body: { a: 1 } });
  });

  test.each([
    ['another host', 'http://other.example.org/secret?x=y', 'http://other.example.org'],
    ['another scheme', 'https://127.0.0.1/', 'https://127.0.0.1'],
    ['another port', 'http://127.0.0.1:1/', 'http://127.0.0.1:1'],
    ['no host', 'file:///etc/passwd', 'file://'],
  ])(
    'a redirect of a request without a token to %s is refused, and the failure names the origin only',
    async (_, location, origin) => {
      redirecting(location);

      await expect(getting(5_000)).rejects.toThrow(
        `a redirect to ${origin}, which is another origin; it was not followed`,
      );
    },
  );

  test('a redirect of a request without a token without end is given up', async () => {
    answer = (response) => response.writeHead(302, { location: '/again' }).end();

    await expect(getting(5_000)).rejects.toThrow('a redirect without end');
  });
});

test('other failures are named by their code, and quote nothing', () => {
  expect(failureCode(new TypeError('fetch failed: secret', { cause: { code: 'ECONNREFUSED' } }))).toBe(
    'ECONNREFUSED',
  );
});
