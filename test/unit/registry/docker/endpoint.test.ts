import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, fetch as undiciFetch } from 'undici';
import { createDockerRegistry } from '../../../../src/registry/docker/client';
import { json } from '../../kubernetes/scripted-server';
import { bare, clientOf, closeServers, failureOf, hostOf, serving } from '../registries';

afterEach(closeServers);

describe('TLS', () => {
  let server: Server;
  let directory: string;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'registry-tls-'));
    const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...subject];
    execFileSync('openssl', [...args, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) => {
      response.end('{"tags": ["a"]}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve));
    rmSync(directory, { recursive: true });
  });

  const secureClient = (registry: string) =>
    createDockerRegistry({ registry, repository: 'lab', credentials: null, timeoutMs: 5_000 });

  test('TLS with a self-signed certificate is refused, and the error has the remedy', async () => {
    const registry = `localhost:${(server.address() as AddressInfo).port}`;

    expect(await failureOf(secureClient(registry).listTags())).toMatchObject({
      problem: 'untrusted',
      message:
        `Docker registry ${registry} has a certificate of an authority that is not known here ` +
        '(DEPTH_ZERO_SELF_SIGNED_CERT); put the certificate of that authority into a file and name it in ' +
        'NODE_EXTRA_CA_CERTS',
    });
  });

  test('TLS is tried first where plain HTTP is allowed, and stays in use', async () => {
    const registry = `localhost:${(server.address() as AddressInfo).port}`;
    const plainHttp = { registry, repository: 'lab', credentials: null, timeoutMs: 5_000, plainHttp: true };
    const urls: string[] = [];
    const trusting = new Agent({ connect: { rejectUnauthorized: false } });
    const fetch = async (url: string, init: RequestInit) => {
      urls.push(url);
      return (await undiciFetch(url, { ...(init as object), dispatcher: trusting })) as unknown as Response;
    };
    const client = createDockerRegistry({ ...plainHttp, fetch });

    expect([await client.listTags(), await client.listTags()]).toEqual([['a'], ['a']]);
    expect(urls).toEqual(
      ['/v2/', '/v2/lab/tags/list', '/v2/lab/tags/list'].map((path) => `https://${registry}${path}`),
    );
    // A certificate that is not trusted is no reason to do without.
    expect(await failureOf(createDockerRegistry(plainHttp).listTags())).toMatchObject({
      problem: 'untrusted',
    });
    await trusting.close();
  });

  test('TLS is tried once with a registry of plain HTTP', async () => {
    const plain = await serving(json(200, { tags: ['a'] }));
    const urls: string[] = [];
    const fetch = (url: string, init: RequestInit) => {
      urls.push(new URL(url).protocol);
      return globalThis.fetch(url, init);
    };
    const client = clientOf(plain, { fetch });

    expect([await client.listTags(), await client.listTags()]).toEqual([['a'], ['a']]);
    expect(urls).toEqual(['https:', 'http:', 'http:']);
  });

  describe.each([
    [
      'localhost',
      ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'ERR_SSL_WRONG_VERSION_NUMBER', 'EPROTO'],
    ],
    ['registry.example.org', ['ERR_SSL_WRONG_VERSION_NUMBER', 'EPROTO']],
  ])('with %s', (registry, codes) => {
    test.each([
      'ECONNREFUSED',
      'ECONNRESET',
      'EPIPE',
      'UND_ERR_SOCKET',
      'EPROTO',
      'ERR_SSL_WRONG_VERSION_NUMBER',
      'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
    ])('is given up for plain HTTP after %s only where that shows that there is no TLS', async (code) => {
      const protocols: string[] = [];
      const fetch = async (url: string) => {
        const { protocol } = new URL(url);
        protocols.push(protocol);
        if (protocol === 'https:') throw Object.assign(new TypeError('fetch failed'), { cause: { code } });
        return Response.json({ name: 'lab', tags: ['a'] });
      };
      const options = { registry, repository: 'lab', credentials: null, timeoutMs: 5_000, plainHttp: true };
      const client = createDockerRegistry({ ...options, isPlainHttpAllowed: () => true, fetch });

      await client.listTags().catch(() => undefined);
      expect(protocols.includes('http:')).toBe(codes.includes(code));
    });
  });

  test('TLS is spoken with everybody unless plain HTTP is asked for', async () => {
    const plain = await serving(bare(200));

    expect(await failureOf(secureClient(hostOf(plain)).listTags())).toMatchObject({
      problem: 'untrusted',
      message: expect.stringContaining('does not speak TLS'),
    });
    expect(plain.requests).toEqual([]);
  });
});

test.each([
  'registry.example.com',
  '127.example.com:5000',
  '10.0.0.1',
  'localhost.example.com',
  'x@localhost',
])('plain HTTP with %s, which is another machine, is refused', (registry) => {
  const options = { registry, repository: 'lab', credentials: null, timeoutMs: 5_000, plainHttp: true };

  expect(() => createDockerRegistry(options)).toThrow(/not on this machine|not the host of a registry/);
});
