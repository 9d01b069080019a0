import { setImmediate } from 'node:timers/promises';
import { inspect } from 'node:util';
import type { IdentityBounds } from '../../../src/domain/urls';
import { createIdentityClient, explainRefusal, type IdentityClient } from '../../../src/identity/gafaelfawr';

const discovery = {
  services: {
    internal: { gafaelfawr: { url: 'https://g/auth', versions: { v1: { url: 'https://g/auth/api/v1' } } } },
  },
};
const rachel = {
  username: 'rachel',
  name: 'Rachel (?)',
  email: 'rachel@example.org',
  uid: 1101,
  gid: 1102,
  groups: [
    { name: 'rachel', id: 1102 },
    { name: 'lunatics', id: 1028 },
  ],
  quota: { api: {}, tap: {}, notebook: { cpu: 9, memory: 2.7, spawn: false } },
};

type Reply = () => Response | Promise<Response>;

const reply =
  (body: unknown, init?: ResponseInit): Reply =>
  () =>
    Response.json(body, init);

interface World {
  discovery: Reply;
  userInfo: Reply;
  readonly requests: { url: string; authorization: string | null }[];
}

let world: World;

function client(
  options: {
    discoveryCacheMs?: number;
    userInfoCacheMs?: number;
    userInfoCacheSize?: number;
    bounds?: IdentityBounds;
  } = {},
) {
  return createIdentityClient({
    repertoireBaseUrl: 'https://r/repertoire/',
    discoveryCacheMs: 300_000,
    userInfoCacheMs: 300_000,
    userInfoCacheSize: 1000,
    bounds: { ownUrls: [], identityOrigins: null, plainHttpHosts: [], labNamespacePrefix: 'lab' },
    timeoutMs: 1000,
    fetch: async (url, init) => {
      world.requests.push({ url, authorization: new Headers(init.headers).get('authorization') });
      return url.endsWith('/discovery') ? world.discovery() : world.userInfo();
    },
    ...options,
  });
}

const asked = (path: string) => world.requests.filter(({ url }) => url.endsWith(path)).length;

async function failureOf(identity: IdentityClient, token = 'gt-secret'): Promise<unknown> {
  return identity.lookup(token).then(
    () => null,
    (error: unknown) => error,
  );
}

beforeEach(() => {
  world = { discovery: reply(discovery), userInfo: reply(rachel), requests: [] };
});

afterEach(() => {
  jest.useRealTimers();
});

test('a user is looked up at the URL of service discovery, with the token', async () => {
  await expect(client().lookup('gt-secret')).resolves.toEqual({
    username: 'rachel',
    name: 'Rachel (?)',
    uid: 1101,
    gid: 1102,
    groups: rachel.groups,
    quota: { cpu: 9, memory: 2899102924, spawn: false },
  });
  expect(world.requests).toEqual([
    { url: 'https://r/repertoire/discovery', authorization: null },
    { url: 'https://g/auth/api/v1/user-info', authorization: 'Bearer gt-secret' },
  ]);
});

test.each([
  ['nothing but a name', {}],
  ['nulls', { name: null, uid: null, gid: null, groups: null, quota: null }],
  ['no notebook quota', { quota: { notebook: null } }],
])('a document with %s is enough', async (_, fields) => {
  world.userInfo = reply({ username: 'bot', ...fields });
  await expect(client().lookup('t')).resolves.toEqual({
    username: 'bot',
    name: null,
    uid: null,
    gid: null,
    groups: [],
    quota: null,
  });
});

test('a quota without the flag allows spawning', async () => {
  world.userInfo = reply({ username: 'bot', quota: { notebook: { cpu: 1, memory: 1 } } });
  await expect(client().lookup('t')).resolves.toMatchObject({ quota: { memory: 2 ** 30, spawn: true } });
});

test.each([401, 403])('a token refused with %d is invalid', async (status) => {
  world.userInfo = reply({}, { status });
  expect(await failureOf(client())).toMatchObject({
    code: 'invalid_token',
    message: 'User token is invalid',
  });
});

test('the error of a refused token has the reason', async () => {
  const challenge = 'Bearer realm="x", error="invalid_token", error_description="Token expired, sorry"';
  world.userInfo = reply({}, { status: 401, headers: { 'www-authenticate': challenge } });
  expect(await failureOf(client())).toMatchObject({
    code: 'invalid_token',
    message: 'User token is invalid: Token expired, sorry (invalid_token)',
  });
});

test('a token that no header can carry is invalid and is not sent', async () => {
  expect(await failureOf(client(), 'gt-a\nb')).toMatchObject({ code: 'invalid_token' });
  expect(asked('/user-info')).toBe(0);
});

test.each<[string, Reply]>([
  ['an error status', reply({}, { status: 502 })],
  ['an unexpected document', reply({ username: 7 })],
  ['no JSON', () => new Response('<html>')],
  ['no answer', () => Promise.reject(new DOMException('late', 'TimeoutError'))],
  [
    'a quoted token in the network’s error',
    () => Promise.reject(new TypeError('bad header: Bearer gt-secret')),
  ],
])('%s is a failure of the identity service, whose message lacks the token', async (_, userInfo) => {
  world.userInfo = userInfo;
  const error = await failureOf(client());
  expect(error).toMatchObject({ code: 'gafaelfawr_error' });
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('gt-secret');
});

test.each<[string, Reply]>([
  ['an error status', reply({}, { status: 500 })],
  ['an unexpected document', reply({ services: [] })],
  ['a document without Gafaelfawr', reply({ services: { internal: {} } })],
  ['no answer', () => Promise.reject(new TypeError('fetch failed'))],
])('%s is a failure of service discovery', async (_, reply) => {
  world.discovery = reply;
  expect(await failureOf(client())).toMatchObject({ code: 'discovery_error' });
});

test('a user is cached per token', async () => {
  const identity = client();
  for (const token of ['a', 'a', 'b', 'a']) await identity.lookup(token);
  expect(asked('/user-info')).toBe(2);
});

test('a user is not cached for longer than configured', async () => {
  const identity = client({ userInfoCacheMs: 20 });
  await identity.lookup('a');
  while (asked('/user-info') === 1) {
    await setImmediate();
    await identity.lookup('a');
  }
  expect(asked('/user-info')).toBe(2);
});

test('no more users are cached than configured', async () => {
  const identity = client({ userInfoCacheSize: 1 });
  for (const token of ['a', 'b', 'a']) await identity.lookup(token);
  expect(asked('/user-info')).toBe(3);
});

test('concurrent lookups of a token share one request', async () => {
  const identity = client();
  await Promise.all(['a', 'a', 'a', 'b'].map((token) => identity.lookup(token)));
  expect(asked('/user-info')).toBe(2);
  expect(asked('/discovery')).toBe(1);
});

test('failures are not cached', async () => {
  const identity = client();
  world.userInfo = reply({}, { status: 502 });
  await failureOf(identity, 'a');
  world.userInfo = reply(rachel);
  await expect(identity.lookup('a')).resolves.toMatchObject({ username: 'rachel' });
});

test('the discovery document is cached, and kept when it cannot be refreshed', async () => {
  jest.useFakeTimers();
  const identity = client({ discoveryCacheMs: 300_000 });
  await identity.lookup('a');
  jest.advanceTimersByTime(299_000);
  await identity.lookup('b');
  expect(asked('/discovery')).toBe(1);
  world.discovery = reply({}, { status: 500 });
  jest.advanceTimersByTime(2000);
  await identity.lookup('c');
  expect(asked('/discovery')).toBe(2);
  await identity.lookup('d');
  expect(asked('/discovery')).toBe(2);
  jest.advanceTimersByTime(11_000);
  await identity.lookup('e');
  expect(asked('/discovery')).toBe(3);
});

describe('an identity service', () => {
  const at = (url: string) =>
    reply({ services: { internal: { gafaelfawr: { url, versions: { v1: { url } } } } } });

  test.each([
    ['https://evil.example.org/auth', 'https://evil.example.org'],
    ['http://evil.example.org/auth', 'http://evil.example.org'],
    ['http://lab.lab-ada.svc/auth', 'http://lab.lab-ada.svc'],
    ['file:///etc/passwd', 'file://'],
    ['nonsense', 'what is no URL'],
  ])(
    'an identity service at %s, which discovery names, gets tokens only where they may go',
    async (url, refused) => {
      world.discovery = at(url);
      const failure = await failureOf(client());

      expect(failure).toMatchObject({
        code: 'discovery_error',
        message: expect.stringContaining(`Service discovery names ${refused} as the identity service`),
      });
      expect(asked('/user-info')).toBe(0);
    },
  );

  test('an identity service at an origin that the configuration lists gets tokens', async () => {
    world.discovery = at('https://identity.example.org/auth');
    const bounds = {
      ownUrls: [],
      identityOrigins: ['https://identity.example.org'],
      plainHttpHosts: [],
      labNamespacePrefix: 'lab',
    };

    expect(await failureOf(client({ bounds }))).toBeNull();
  });
});

test('an answer of more than is taken is no user, and no discovery', async () => {
  world.userInfo = reply({ ...rachel, more: 'x'.repeat(2 ** 21) });
  expect(await failureOf(client())).toMatchObject({
    code: 'gafaelfawr_error',
    message: expect.stringContaining('an answer of more than 1 MiB'),
  });

  world.discovery = reply({ ...discovery, more: 'x'.repeat(2 ** 23) });
  expect(await failureOf(client())).toMatchObject({
    code: 'discovery_error',
    message: expect.stringContaining('an answer of more than 4 MiB'),
  });
});

test.each([
  ['Bearer error="invalid_token", error_description="Token expired"', 'Token expired (invalid_token)'],
  ['Basic realm="x", Bearer error_description="Token expired"', 'Token expired'],
  ['Bearer error="invalid_token"', 'invalid_token'],
  ['Bearer error="insufficient_scope", scope="read:all"', 'scope read:all is needed (insufficient_scope)'],
  ['Bearer realm="x"', null],
  [null, null],
])('%s is told as %s', (header, expected) => {
  expect(explainRefusal(header)).toBe(expected);
});
