import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import { theStack } from '../support/stack';

const { identity } = theStack();

interface Seen {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let upstream: Server;
let seen: Seen[];
let streams: ServerResponse[];

/** Answers event streams when the test says so, and everything else with what it was sent. */
function answer(url: string, headers: IncomingHttpHeaders, body: string, response: ServerResponse): void {
  seen.push({ url, headers, body });
  if (url.endsWith('/events')) {
    streams.push(response);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('event: info\n\n');
    return;
  }
  response.writeHead(201, { location: 'http://example.com/lab' });
  response.end('created');
}

beforeAll(async () => {
  upstream = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      answer(request.url ?? '', request.headers, Buffer.concat(chunks).toString(), response);
    });
  });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const address = upstream.address();
  if (address === null || typeof address === 'string') throw new Error('the upstream has no port');
  await setUpstream(`http://127.0.0.1:${address.port}`);
});

afterAll(async () => {
  await setUpstream(null);
  upstream.close();
  upstream.closeAllConnections();
});

beforeEach(() => {
  seen = [];
  streams = [];
});

async function setUpstream(url: string | null): Promise<void> {
  await fetch(`${identity.controlUrl}/upstream`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ url }),
  });
}

function call(path: string, token?: string, init: RequestInit = {}): Promise<Response> {
  const headers = { ...init.headers, ...(token ? { authorization: `Bearer ${token}` } : {}) };
  return fetch(`${identity.proxyUrl}${path}`, { ...init, headers });
}

const RACHEL = 'gt-rachel.fake';
const HUB = 'gt-hub.fake';
const OPERATOR = 'gt-operator.fake';
const labs = '/nublado/spawner/v1/labs';

test.each([
  [labs, HUB, RACHEL],
  [`${labs}/rachel`, HUB, RACHEL],
  [`${labs}/rachel/create`, RACHEL, HUB],
  ['/nublado/spawner/v1/lab-form/rachel', RACHEL, HUB],
  ['/nublado/spawner/v1/user-status', RACHEL, HUB],
  ['/nublado/spawner/v1/prepulls', OPERATOR, RACHEL],
  ['/nublado/fileserver/v1/users', OPERATOR, HUB],
  ['/files', RACHEL, HUB],
])('%s is open to one scope only', async (path, allowed, refused) => {
  expect((await call(path, allowed)).status).toBe(201);

  const refusal = await call(path, refused);
  expect(refusal.status).toBe(403);
  expect(refusal.headers.get('www-authenticate')).toMatch(/error="insufficient_scope".*, scope="\w+:\w+"$/);
  expect(seen).toHaveLength(1);
});

test('documentation needs no token and gets no identity', async () => {
  expect((await call('/nublado/openapi.json')).status).toBe(201);
  expect(seen[0]?.headers).not.toHaveProperty('x-auth-request-user');
});

test('requests without a token or with an unknown one are challenged', async () => {
  const without = await call(labs);
  const unknown = await call(labs, 'gt-nobody.fake');

  expect([without.status, unknown.status]).toEqual([401, 401]);
  expect(without.headers.get('www-authenticate')).toBe('Bearer realm="nublado.example.com"');
  expect(unknown.headers.get('www-authenticate')).toContain('error="invalid_token"');
  expect(seen).toEqual([]);
});

test('paths outside the deployment are not found', async () => {
  expect((await call('/nubladoes', OPERATOR)).status).toBe(404);
});

test('the upstream sees an identity in place of the credentials, which clients cannot forge', async () => {
  const forged = { 'X-Auth-Request-User': 'root', 'X-Auth-Request-Email': 'root@example.com' };
  await call(`${labs}/rachel`, HUB, { headers: forged });

  const headers = seen[0]?.headers;
  expect(headers).toMatchObject({
    'x-auth-request-user': 'bot-jupyterhub',
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-proto': 'http',
    host: new URL(identity.proxyUrl).host,
  });
  expect(headers).not.toHaveProperty('authorization');
  expect(headers).not.toHaveProperty('x-auth-request-email');
  expect(headers).not.toHaveProperty('x-auth-request-token');
});

test('delegated tokens are not the user’s own, differ by purpose and identify the user', async () => {
  await call(`${labs}/rachel/create`, RACHEL, { method: 'POST', body: '{}' });
  await call('/files', RACHEL);
  const tokens = seen.map(({ headers }) => String(headers['x-auth-request-token']));

  expect(new Set([...tokens, RACHEL]).size).toBe(3);
  for (const token of tokens) {
    const answer = await fetch(`${identity.gafaelfawrUrl}/user-info`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(await answer.json()).toMatchObject({ username: 'rachel' });
  }
});

test('bodies, queries and answers pass through', async () => {
  const answer = await call(`${labs}/rachel/create?extended=true`, RACHEL, {
    method: 'POST',
    body: '{"a":1}',
  });

  expect(answer.status).toBe(201);
  expect(answer.headers.get('location')).toBe('http://example.com/lab');
  expect(await answer.text()).toBe('created');
  expect(seen[0]).toMatchObject({ url: `${labs}/rachel/create?extended=true`, body: '{"a":1}' });
});

test('events arrive as they are sent, and a client that leaves ends the upstream request', async () => {
  const leaving = new AbortController();
  const answer = await call(`${labs}/rachel/events`, RACHEL, { signal: leaving.signal });
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader?.read())?.value).toBe('event: info\n\n');

  streams[0]?.write('event: complete\n\n');
  expect((await reader?.read())?.value).toBe('event: complete\n\n');

  const closed = once(streams[0] ?? upstream, 'close');
  leaving.abort();
  await closed;
});

test('a stream that breaks upstream breaks for the client too', async () => {
  const answer = await call(`${labs}/rachel/events`, RACHEL);
  streams[0]?.destroy();

  await expect(answer.text()).rejects.toThrow('terminated');
});
