import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SecretText } from '../../../src/config/secret-text';
import { outgoingOf } from '../../../src/process/outgoing';

let proxy: Server;
let asked: (string | undefined)[];

beforeEach(async () => {
  asked = [];
  proxy = createServer((request, response) => {
    asked.push(request.url);
    response.end('{}');
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  proxy.closeAllConnections();
  await new Promise((resolve) => proxy.close(resolve));
});

function outgoing(proxies: 'registries' | 'all') {
  const http = new SecretText(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  const settings = { plainHttpHosts: [], identityOrigins: null, proxies };
  return outgoingOf({ proxies: { https: null, http, bypass: '' }, outgoing: settings });
}

const OUTSIDE = 'http://registry.example.org/v2/';
const INSIDE = 'http://registry.tools.svc/v2/';

test('by default proxies are for registries outside of the cluster', async () => {
  const { registries, services } = outgoing('registries');
  await registries(OUTSIDE, {});
  await registries(INSIDE, { signal: AbortSignal.timeout(1_000) }).catch(() => undefined);

  expect(asked).toEqual([OUTSIDE]);
  expect(services).toBeUndefined();
});

test('a registry whose short name may be a domain of the Internet is asked through the proxy', async () => {
  const { registries } = outgoing('registries');
  await registries('http://evil.click/v2/', {});

  expect(asked).toEqual(['http://evil.click/v2/']);
});

test('a registry on loopback is asked through the proxy too, unless NO_PROXY names it', async () => {
  const { registries } = outgoing('registries');
  await registries('http://localhost:5000/v2/', {});

  expect(asked).toEqual(['http://localhost:5000/v2/']);
});

test('for everything they are used inside of the cluster too', async () => {
  const { registries, services } = outgoing('all');
  await registries(INSIDE, {});
  await services?.('http://hub:8081/hub/api', {});

  expect(asked).toEqual([INSIDE, 'http://hub:8081/hub/api']);
});
