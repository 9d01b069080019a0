import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Duplex } from 'node:stream';
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
  upstream.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
    seen.push({ url: request.url ?? '', headers: request.headers, body: '' });
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: echo\r\n\r\n');
    socket.pipe(socket);
  });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const address = upstream.address();
  if (address === null || typeof address === 'string') throw new Error('the upstream has no port');
  await setUpstream(`http://127.0.0.1:${address.port}`);
  await setUpstream(`http://127.0.0.1:${address.port}`, 'hub');
});

afterAll(async () => {
  await setUpstream(null);
  await setUpstream(null, 'hub');
  upstream.close();
  upstream.closeAllConnections();
});

beforeEach(() => {
  seen = [];
  streams = [];
});

async function setUpstream(url: string | null, which = 'upstream'): Promise<void> {
  await fetch(`${identity.controlUrl}/${which}`, {
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

describe('a browser', () => {
  const PAGE = { redirect: 'manual', headers: { accept: 'text/html' } } as const;

  async function logIn(fields: Record<string, string>): Promise<Response> {
    return call('/login', undefined, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams(fields),
    });
  }

  async function session(): Promise<string> {
    const answer = await logIn({ user: 'rachel' });
    return answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  }

  test('a browser without a session is sent to log in, and from there to where it wanted to go', async () => {
    const page = await call('/nb/hub/home?a=1', undefined, PAGE);
    expect([page.status, page.headers.get('location')]).toEqual([
      302,
      '/login?rd=%2Fnb%2Fhub%2Fhome%3Fa%3D1',
    ]);

    const form = await (await call(page.headers.get('location') ?? '')).text();
    expect(form).toContain('value="/nb/hub/home?a=1"');
    expect(form).toContain('Rachel Carson');
    expect(form).not.toContain('bot-jupyterhub');

    const answer = await logIn({ user: 'rachel', rd: '/nb/hub/home?a=1' });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/nb/hub/home?a=1']);
    expect(answer.headers.getSetCookie()).toEqual([expect.stringMatching(/^gafaelfawr=.*HttpOnly/)]);
    expect(seen).toEqual([]);
  });

  test.each(['https://elsewhere.example', '//elsewhere.example', '/\\elsewhere.example'])(
    'a browser is not sent to %s after its login',
    async (rd) => {
      expect((await logIn({ user: 'rachel', rd })).headers.get('location')).toBe('/nb/');
    },
  );

  test('a browser of an unknown user gets no session', async () => {
    expect((await logIn({ user: 'stranger' })).status).toBe(403);
  });

  test('a browser with a session is known to the hub, which does not see the session', async () => {
    const cookie = `${await session()}; other=kept`;
    await call('/nb/hub/home', undefined, { headers: { cookie, authorization: 'token of-the-hub' } });

    expect(seen[0]?.headers).toMatchObject({
      'x-auth-request-user': 'rachel',
      'x-auth-request-token': expect.stringMatching(/\.notebook$/),
      authorization: 'token of-the-hub',
      cookie: 'other=kept',
    });
  });

  test('a browser that logs out has no session any more', async () => {
    const answer = await call('/logout', undefined, { ...PAGE, headers: { cookie: await session() } });

    expect(answer.headers.getSetCookie()).toEqual([expect.stringContaining('Max-Age=0')]);
  });

  test('a request for no page is refused without a session rather than sent to log in', async () => {
    expect((await call('/nb/api/status')).status).toBe(401);
  });

  test('a browser can use web sockets with a session only', async () => {
    const opened = await upgraded(await session());
    expect(seen[0]?.headers).toMatchObject({ 'x-auth-request-user': 'rachel', upgrade: 'echo' });
    opened.write('hello');
    const [heard] = await once(opened, 'data');
    expect(String(heard)).toBe('hello');
    opened.destroy();

    await expect(upgraded('gafaelfawr=wrong')).rejects.toThrow('401');
  });

  function upgraded(cookie: string): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      const headers = { cookie, connection: 'Upgrade', upgrade: 'echo' };
      const asked = request(`${identity.proxyUrl}/nb/user/rachel/api/kernels`, { headers });
      asked.on('upgrade', (_answer, socket) => resolve(socket));
      asked.on('response', ({ statusCode }) => reject(new Error(String(statusCode))));
      asked.end();
    });
  }
});
