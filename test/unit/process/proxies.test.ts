import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { failureCode } from '../../../src/http/fetch';
import { proxiedFetch } from '../../../src/process/outgoing';
import { json, type ScriptedServer, startScriptedServer } from '../kubernetes/scripted-server';

const NOTHING = { https: null, http: null, bypass: '' };
const TARGET = 'http://registry.example.org/v2/';

let target: ScriptedServer;
let proxy: Server;
let asked: { what: string; authorization: string | undefined }[];

beforeEach(async () => {
  asked = [];
  target = await startScriptedServer(json(200, { tags: [] }));
  proxy = createServer((request, response) => {
    asked.push({ what: request.url ?? '', authorization: request.headers['proxy-authorization'] });
    response.end('{"from": "proxy"}');
  });
  proxy.on('connect', (request, socket) => {
    asked.push({ what: `CONNECT ${request.url}`, authorization: request.headers['proxy-authorization'] });
    const { port } = new URL(target.url);
    const tunnel = connect(Number(port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      tunnel.pipe(socket).pipe(tunnel);
    });
    for (const end of [tunnel, socket]) end.on('error', () => end.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  proxy.closeAllConnections();
  await Promise.all([new Promise((resolve) => proxy.close(resolve)), target.close()]);
});

const proxyUrl = (user = '') => `http://${user}127.0.0.1:${(proxy.address() as AddressInfo).port}`;
const never = () => false;

/** Whether a request for a URL reaches the proxy; the target is never there in truth. */
async function isProxied(
  url: string,
  bypass: string,
  isDirect: (host: string) => boolean = never,
): Promise<boolean> {
  const before = asked.length;
  const through = proxiedFetch({ https: proxyUrl(), http: proxyUrl(), bypass }, isDirect);
  await through(url, { signal: AbortSignal.timeout(2_000) }).then(
    (response) => response.body?.cancel(),
    () => undefined,
  );
  return asked.length > before;
}

test('a registry outside is asked through the proxy, over TLS through a tunnel', async () => {
  expect(await isProxied('https://registry.example.org/v2/', '')).toBe(true);
  expect(await isProxied(TARGET, '')).toBe(true);
  expect(asked.map(({ what }) => what)).toEqual(['CONNECT registry.example.org:443', TARGET]);
});

test('the proxy gets the user and password of its URL, which show in no failure', async () => {
  const through = proxiedFetch({ ...NOTHING, https: proxyUrl('ada:swordfish@') }, never);
  // What answers in the tunnel speaks no TLS.
  const failure: unknown = await through('https://registry.example.org/', {}).catch(
    (error: unknown) => error,
  );

  expect(asked[0]?.authorization).toBe(`Basic ${Buffer.from('ada:swordfish').toString('base64')}`);
  expect(failureCode(failure)).toMatch(/^ERR_SSL_/);
});

test('a proxy for http is none for https, as with container engines', async () => {
  const through = proxiedFetch({ ...NOTHING, http: proxyUrl() }, never);
  await through('https://registry.invalid/', {}).catch(() => undefined);

  expect(asked).toEqual([]);
  expect(await (await through(TARGET, {})).json()).toEqual({ from: 'proxy' });
});

test.each([
  ['registry.example.org', false],
  ['example.org', false],
  ['.example.org', false],
  ['*.example.org', false],
  ['other.org, example.org', false],
  ['*', false],
  ['registry.example.org:443', true],
  ['registry.example.org:80', false],
  ['ample.org', true],
  ['other.org', true],
  ['10.0.0.0/8', true],
])(
  'with the list %j of hosts without a proxy, a registry is asked through it: %s',
  async (bypass, expected) => {
    expect(await isProxied(TARGET, bypass)).toBe(expected);
  },
);

test.each([
  ['http://10.1.2.3/', '10.0.0.0/8', false],
  ['http://11.1.2.3/', '10.0.0.0/8', true],
  ['http://[fd00::1]/', 'fd00::/8', false],
  ['http://11.1.2.3/', '10.0.0.0/99, nonsense/8', true],
])('%s with the ranges %j is asked through the proxy: %s', async (url, bypass, expected) => {
  expect(await isProxied(url, bypass)).toBe(expected);
});

test('what is to be asked directly is, be it by its name or by the list of the environment', async () => {
  expect(await isProxied(target.url, '127.0.0.1')).toBe(false);
  expect(target.requests).toHaveLength(1);
  expect(await isProxied('http://registry.tools.svc/', '', (host) => host.endsWith('.svc'))).toBe(false);
  expect(await isProxied('http://registry.tools.svc/', '')).toBe(true);
});

test('the environment of the process is not looked at', async () => {
  process.env['HTTP_PROXY'] = proxyUrl();
  process.env['NO_PROXY'] = '*';
  try {
    await proxiedFetch(NOTHING, never)('http://registry.invalid/', {}).catch(() => undefined);
    expect(asked).toEqual([]);
    expect(await isProxied(TARGET, '')).toBe(true);
  } finally {
    delete process.env['HTTP_PROXY'];
    delete process.env['NO_PROXY'];
  }
});
