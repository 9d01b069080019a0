import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, fetch as undiciFetch } from 'undici';
import { createDockerRegistry } from '../../../../src/registry/docker/client';
import { type Answer, json, type ScriptedServer } from '../../kubernetes/scripted-server';
import { bare, clientOf, closeServers, DIGEST, failureOf, hostOf, serving, text } from '../registries';

afterEach(closeServers);

const tags = (list: readonly unknown[] | null, headers: Record<string, string> = {}) =>
  json(200, { name: 'sciplat/lab', tags: list }, headers);

describe('a list of tags', () => {
  test('is read page by page, as the registry says where it goes on', async () => {
    const server = await serving(
      tags(['w_1', 'w_2'], { link: '</v2/sciplat/lab/tags/list?last=w_2&n=2>; rel="next"' }),
      tags(['w_3'], {
        link: '<list?last=w_3>; title="a, b"; rel=next, <https://elsewhere.org/>; rel="help"',
      }),
      tags(['w_3', 'w_4'], { link: '<list>; rel="prev"' }),
    );

    expect(await clientOf(server, { pageSize: 2 }).listTags()).toEqual(['w_1', 'w_2', 'w_3', 'w_4']);
    expect(server.requests.map(({ method, path, query }) => [method, path, query])).toEqual([
      ['GET', '/v2/sciplat/lab/tags/list', { n: '2' }],
      ['GET', '/v2/sciplat/lab/tags/list', { last: 'w_2', n: '2' }],
      ['GET', '/v2/sciplat/lab/tags/list', { last: 'w_3' }],
    ]);
  });

  test('of a repository without tags is empty', async () => {
    expect(await clientOf(await serving(tags(null))).listTags()).toEqual([]);
    expect(await clientOf(await serving(tags([]))).listTags()).toEqual([]);
  });

  test('leaves out what no reference could name', async () => {
    const odd = ['fine', '', '../../secrets', 'a b', '-x', 'x'.repeat(129), 'UPPER.1-x', 'ünder'];

    expect(await clientOf(await serving(tags(odd))).listTags()).toEqual(['fine', 'UPPER.1-x']);
  });

  test('that goes round in circles is refused', async () => {
    const server = await serving(
      tags(['a'], { link: '<list?last=a>; rel="next"' }),
      tags(['b'], { link: '<list>; rel="next"' }),
    );

    expect(await failureOf(clientOf(server).listTags())).toMatchObject({
      problem: 'broken',
      message: `Docker registry ${hostOf(server)} continues its list of tags for ever`,
    });
  });

  test.each([
    ['another host', (other: string) => `<http://${other}/v2/sciplat/lab/tags/list?last=a>; rel="next"`],
    [
      'another protocol',
      (_: string, own: string) => `<https://${own}/v2/sciplat/lab/tags/list?last=a>; rel="next"`,
    ],
    ['another port', () => '<http://127.0.0.1:1/v2/sciplat/lab/tags/list?last=a>; rel="next"'],
    [
      'a host that hides behind a user name',
      (other: string, own: string) => `<http://${own}@${other}/v2/sciplat/lab/tags/list?last=a>; rel=next`,
    ],
    ['the same host without naming it', () => '<?last=a>; rel="next"'],
    [
      'a host without a scheme',
      (other: string) => `<//${other}/v2/sciplat/lab/tags/list?last=a>; rel="next"`,
    ],
  ])(
    'that goes on at %s is read on at the registry itself, and nothing is sent elsewhere',
    async (_what, link) => {
      const other = await serving(tags(['stolen']));
      let own = '';
      const server = await serving((response, request) =>
        request.query['last'] === undefined
          ? tags(['a'], { link: link(hostOf(other), own) })(response, request)
          : tags(['b'])(response, request),
      );
      own = hostOf(server);

      expect(await clientOf(server).listTags()).toEqual(['a', 'b']);
      expect(other.connections()).toBe(0);
      expect(server.requests.map(({ path }) => path)).toEqual(Array(2).fill('/v2/sciplat/lab/tags/list'));
    },
  );

  test.each(['<mailto:a@example.org>; rel="next"', '<http://>; rel="next"'])(
    'that goes on at %s is refused',
    async (link) => {
      const server = await serving(tags(['a'], { link }));

      expect(await failureOf(clientOf(server).listTags())).toMatchObject({ problem: 'broken' });
    },
  );

  test('whose pages have nothing new is refused, whatever their links say', async () => {
    let page = 0;
    const server = await serving((response, request) => {
      page += 1;
      return tags(['a', 'b'], { link: `<list?page=${page}>; rel="next"` })(response, request);
    });

    expect(await failureOf(clientOf(server).listTags())).toMatchObject({ problem: 'broken' });
    expect(server.requests).toHaveLength(2);
  });

  test('may leave out its name', async () => {
    expect(await clientOf(await serving(json(200, { tags: ['a'] }))).listTags()).toEqual(['a']);
  });

  test('of an unknown repository is told as that', async () => {
    const server = await serving(json(404, { errors: [{ code: 'NAME_UNKNOWN' }] }));

    expect(await failureOf(clientOf(server).listTags())).toMatchObject({
      problem: 'notFound',
      status: 404,
      isTemporary: false,
      message: `Docker registry ${hostOf(server)} has no repository sciplat/lab`,
    });
  });

  test.each<[string, Answer, string]>([
    [
      'a web page',
      text('<!DOCTYPE html><title>Log in</title>'),
      'a web page instead of JSON; check host and port',
    ],
    ['truncated JSON', text('{"tags": ["w_1", "w_'), 'broken JSON'],
    ['nothing', bare(200), 'broken JSON'],
    ['another document', json(200, { errors: [] }), 'without a list of tags'],
    ['tags that are no texts', tags(['a', 7]), 'without a list of tags'],
    ['a status that makes no sense', bare(302), 'with status 302'],
    ['no permission', bare(403), 'does not allow us to list tags'],
  ])('is refused when the answer is %s', async (_what, answer, words) => {
    const failure = await failureOf(clientOf(await serving(answer)).listTags());

    expect(failure.message).toContain(words);
    expect(failure.isTemporary).toBe(false);
    expect(failure.message).not.toContain('w_1');
  });

  test('ends in the middle when the connection does, which is worth another try', async () => {
    const server = await serving((response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"tags": [', () => response.destroy());
    });

    expect(await failureOf(clientOf(server).listTags())).toMatchObject({ problem: 'unavailable' });
  });
});

describe('an answer without end', () => {
  const endless: Answer = (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const piece = ' '.repeat(2 ** 20);
    const write = (): void => {
      while (!response.destroyed && response.write(piece));
      if (!response.destroyed) response.once('drain', write);
    };
    write();
  };

  test.each<[string, (server: ScriptedServer) => Promise<unknown>, Answer[]]>([
    ['list', (server) => clientOf(server).listTags(), [endless]],
    ['manifest', (server) => clientOf(server).digestOf('w_1'), [bare(200), endless]],
  ])('to the request for a %s is cut off', async (_, ask, answers) => {
    const server = await serving(...answers);

    expect(await failureOf(ask(server))).toMatchObject({
      problem: 'broken',
      message: `Docker registry ${hostOf(server)} answered with more than we take`,
    });
  });
});

describe('the digest of a tag', () => {
  test('is asked for without the manifest, which may be of any kind', async () => {
    let accept = '';
    const server = await serving(async (response, request) => {
      accept = String(response.req.headers.accept);
      await bare(200, { 'docker-content-digest': DIGEST })(response, request);
    });

    expect(await clientOf(server).digestOf('w_2077_46')).toBe(DIGEST);
    expect(server.requests).toMatchObject([{ method: 'HEAD', path: '/v2/sciplat/lab/manifests/w_2077_46' }]);
    expect(accept.split(', ').map((type) => type.replace('application/vnd.', ''))).toEqual([
      'docker.distribution.manifest.v2+json',
      'docker.distribution.manifest.list.v2+json',
      'oci.image.manifest.v1+json',
      'oci.image.index.v1+json',
      'application/json;q=0.5',
    ]);
  });

  test('is null for a tag that vanished after it was listed', async () => {
    expect(await clientOf(await serving(bare(404))).digestOf('gone')).toBeNull();
  });

  const manifest = JSON.stringify({ schemaVersion: 2, manifests: [] });
  const digestOf = (body: string) => `sha256:${createHash('sha256').update(body).digest('hex')}`;
  const onGet = (answer: Answer, head: Answer): Promise<ScriptedServer> =>
    serving((response, request) => (request.method === 'HEAD' ? head : answer)(response, request));

  test.each<Record<string, string>>([
    {},
    { 'docker-content-digest': 'sha256:zz' },
    { 'docker-content-digest': '../x' },
  ])('that headers %j do not tell is that of the manifest', async (headers) => {
    const server = await onGet(text(manifest), bare(200, headers));

    expect(await clientOf(server).digestOf('w_1')).toBe(digestOf(manifest));
  });

  test.each([404, 405, 400, 403, 501])(
    'of a registry that answers HEAD with status %i is read by GET',
    async (status) => {
      const server = await onGet(text(manifest), bare(status));

      expect(await clientOf(server).digestOf('w_1')).toBe(digestOf(manifest));
      expect(await clientOf(server).hasManifest(DIGEST)).toBe(true);
    },
  );

  test.each([
    ['an artifact type', { artifactType: 'application/vnd.example.sbom' }],
    ['a configuration of a chart', { config: { mediaType: 'application/vnd.cncf.helm.config.v1+json' } }],
  ])('is null for a manifest with %s, which is no image', async (_, rest) => {
    const server = await onGet(json(200, { schemaVersion: 2, ...rest }), bare(200));

    expect(await clientOf(server).digestOf('chart')).toBeNull();
  });

  test('is that of an image although it has an artifact type', async () => {
    const config = { mediaType: 'application/vnd.oci.image.config.v1+json' };
    const body = JSON.stringify({ schemaVersion: 2, artifactType: 'application/vnd.example', config });

    expect(await clientOf(await onGet(text(body), bare(200))).digestOf('w_1')).toBe(digestOf(body));
  });

  test.each(['', '[]', '<html>', '{"schemaVersion": 1, "signatures": []}'])(
    'is none in a manifest %j',
    async (body) => {
      const failure = await failureOf(clientOf(await onGet(text(body), bare(200))).digestOf('w_1'));

      expect(failure).toMatchObject({ problem: 'broken', message: expect.stringContaining('tag w_1') });
    },
  );
});

test('a manifest is known by its digest, and can be deleted once', async () => {
  const server = await serving(bare(200), bare(404), bare(404), bare(202), bare(404));
  const client = clientOf(server);

  expect([await client.hasManifest(DIGEST), await client.hasManifest(DIGEST)]).toEqual([true, false]);
  expect([await client.deleteManifest(DIGEST), await client.deleteManifest(DIGEST)]).toEqual([true, false]);
  expect(server.requests.map(({ method, path }) => `${method} ${decodeURIComponent(path)}`)).toEqual([
    `HEAD /v2/sciplat/lab/manifests/${DIGEST}`,
    `HEAD /v2/sciplat/lab/manifests/${DIGEST}`,
    `GET /v2/sciplat/lab/manifests/${DIGEST}`,
    `DELETE /v2/sciplat/lab/manifests/${DIGEST}`,
    `DELETE /v2/sciplat/lab/manifests/${DIGEST}`,
  ]);
});

test('a registry that deletes nothing says so', async () => {
  expect(await failureOf(clientOf(await serving(bare(405))).deleteManifest(DIGEST))).toMatchObject({
    problem: 'unsupported',
    message: expect.stringContaining('does not delete images'),
  });
});

describe('an answer that asks for patience', () => {
  test.each<[string, Answer, object]>([
    ['a limit in seconds', bare(429, { 'retry-after': '7' }), { problem: 'rateLimited', retryAfterMs: 7000 }],
    ['a limit without end', bare(429), { problem: 'rateLimited', retryAfterMs: null }],
    [
      'nonsense as a limit',
      bare(429, { 'retry-after': 'soon' }),
      { problem: 'rateLimited', retryAfterMs: null },
    ],
    ['maintenance', bare(503, { 'retry-after': '120' }), { problem: 'unavailable', retryAfterMs: 120_000 }],
    ['an error page', text('<html>', 502), { problem: 'unavailable', status: 502 }],
  ])('%s is told with its time', async (_what, answer, facts) => {
    const failure = await failureOf(clientOf(await serving(answer)).listTags());

    expect(failure).toMatchObject({ ...facts, isTemporary: true });
  });

  test('a date is turned into a time from now', async () => {
    const date = new Date(Date.now() + 60_000).toUTCString();
    const failure = await failureOf(clientOf(await serving(bare(429, { 'retry-after': date }))).listTags());

    expect(failure.retryAfterMs).toBeGreaterThan(50_000);
    expect(failure.retryAfterMs).toBeLessThanOrEqual(60_000);
  });

  test('none in time is told as that, and a caller that gives up is not waited for', async () => {
    const server = await serving(() => undefined);
    expect(await failureOf(clientOf(server, { timeoutMs: 50 }).listTags())).toMatchObject({
      problem: 'unavailable',
      message: `Docker registry ${hostOf(server)} cannot be reached: no answer in time`,
    });

    const controller = new AbortController();
    const listing = clientOf(server).listTags(controller.signal);
    controller.abort(new Error('given up'));
    await expect(listing).rejects.toThrow('given up');
  });

  test('nobody at the port is told as that', async () => {
    const server = await serving(bare(200));
    await closeServers();

    expect(await failureOf(clientOf(server).listTags())).toMatchObject({
      problem: 'unavailable',
      message: `Docker registry ${hostOf(server)} cannot be reached: ECONNREFUSED`,
    });
  });
});

describe('a redirect', () => {
  test('within the registry is followed', async () => {
    const server = await serving(bare(307, { location: '/v2/mirror/tags/list' }), tags(['a']));

    expect(await clientOf(server).listTags()).toEqual(['a']);
    expect(server.requests[1]?.path).toBe('/v2/mirror/tags/list');
  });

  test('to another host is not followed, and nothing is sent there', async () => {
    const other = await serving(tags(['stolen']));
    const server = await serving(bare(302, { location: `${other.url}/v2/x/tags/list` }));

    expect(await failureOf(clientOf(server).listTags())).toMatchObject({
      problem: 'disallowed',
      message: expect.stringContaining(`redirects to http://${hostOf(other)}, which is another place`),
    });
    expect(other.connections()).toBe(0);
  });

  test('without end is given up', async () => {
    const server = await serving(bare(302, { location: '/again' }));

    expect(await failureOf(clientOf(server).listTags())).toMatchObject({ problem: 'broken' });
    expect(server.requests.length).toBeLessThan(6);
  });
});

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

  test('with a self-signed certificate is refused, and the error says what to do', async () => {
    const registry = `localhost:${(server.address() as AddressInfo).port}`;

    expect(await failureOf(secureClient(registry).listTags())).toMatchObject({
      problem: 'untrusted',
      message:
        `Docker registry ${registry} has a certificate of an authority that is not known here ` +
        '(DEPTH_ZERO_SELF_SIGNED_CERT); put the certificate of that authority into a file and name it in ' +
        'NODE_EXTRA_CA_CERTS',
    });
  });

  test('is tried first where plain HTTP is allowed, and stays in use', async () => {
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

  test('is tried once with a registry of plain HTTP', async () => {
    const plain = await serving(tags(['a']));
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

  test('is spoken with everybody unless plain HTTP is asked for', async () => {
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
