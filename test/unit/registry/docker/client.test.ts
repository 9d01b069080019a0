import { createHash } from 'node:crypto';
import { type Answer, json, type ScriptedServer } from '../../kubernetes/scripted-server';
import { bare, clientOf, closeServers, DIGEST, failureOf, hostOf, serving, text } from '../registries';

afterEach(closeServers);

const tags = (list: readonly unknown[] | null, headers: Record<string, string> = {}) =>
  json(200, { name: 'sciplat/lab', tags: list }, headers);

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
  ])('an answer without end to the request for a %s is cut off', async (_, ask, answers) => {
    const server = await serving(...answers);

    expect(await failureOf(ask(server))).toMatchObject({
      problem: 'broken',
      message: `Docker registry ${hostOf(server)} answered with more than we take`,
    });
  });
});

describe('the digest of a tag', () => {
  test('the digest of a tag is asked for without the manifest, which may be of any kind', async () => {
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

  test('the digest of a tag is null for a tag that vanished after it was listed', async () => {
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
  ])('the digest of a tag that headers %j do not contain is that of the manifest', async (headers) => {
    const server = await onGet(text(manifest), bare(200, headers));

    expect(await clientOf(server).digestOf('w_1')).toBe(digestOf(manifest));
  });

  test.each([404, 405, 400, 403, 501])(
    'the digest of a tag of a registry that answers HEAD with status %i is read by GET',
    async (status) => {
      const server = await onGet(text(manifest), bare(status));

      expect(await clientOf(server).digestOf('w_1')).toBe(digestOf(manifest));
      expect(await clientOf(server).hasManifest(DIGEST)).toBe(true);
    },
  );

  test.each([
    ['an artifact type', { artifactType: 'application/vnd.example.sbom' }],
    ['a configuration of a chart', { config: { mediaType: 'application/vnd.cncf.helm.config.v1+json' } }],
  ])('the digest of a tag is null for a manifest with %s, which is no image', async (_, rest) => {
    const server = await onGet(json(200, { schemaVersion: 2, ...rest }), bare(200));

    expect(await clientOf(server).digestOf('chart')).toBeNull();
  });

  test('the digest of a tag is that of an image although it has an artifact type', async () => {
    const config = { mediaType: 'application/vnd.oci.image.config.v1+json' };
    const body = JSON.stringify({ schemaVersion: 2, artifactType: 'application/vnd.example', config });

    expect(await clientOf(await onGet(text(body), bare(200))).digestOf('w_1')).toBe(digestOf(body));
  });

  test.each(['', '[]', '<html>', '{"schemaVersion": 1, "signatures": []}'])(
    'the digest of a tag is none in a manifest %j',
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

test('a registry without deletion gives its own error', async () => {
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
  ])('%s is an error with its delay', async (_what, answer, facts) => {
    const failure = await failureOf(clientOf(await serving(answer)).listTags());

    expect(failure).toMatchObject({ ...facts, isTemporary: true });
  });

  test('a date is turned into a time from now', async () => {
    const date = new Date(Date.now() + 60_000).toUTCString();
    const failure = await failureOf(clientOf(await serving(bare(429, { 'retry-after': date }))).listTags());

    expect(failure.retryAfterMs).toBeGreaterThan(50_000);
    expect(failure.retryAfterMs).toBeLessThanOrEqual(60_000);
  });

  test('a registry that does not answer in time has its own error, and a caller that gives up is not waited for', async () => {
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

  test('no server at the port has its own error', async () => {
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

  test('a redirect to another host is not followed, and nothing is sent there', async () => {
    const other = await serving(tags(['stolen']));
    const server = await serving(bare(302, { location: `${other.url}/v2/x/tags/list` }));

    expect(await failureOf(clientOf(server).listTags())).toMatchObject({
      problem: 'disallowed',
      message: expect.stringContaining(`redirects to http://${hostOf(other)}, which is another place`),
    });
    expect(other.connections()).toBe(0);
  });

  test('a redirect without end is given up', async () => {
    const server = await serving(bare(302, { location: '/again' }));

    expect(await failureOf(clientOf(server).listTags())).toMatchObject({ problem: 'broken' });
    expect(server.requests.length).toBeLessThan(6);
  });
});
