import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ArtifactRegistryOptions,
  createArtifactRegistry,
} from '../../../../src/registry/artifact-registry/client';
import { type Answer, json, type ScriptedServer } from '../../kubernetes/scripted-server';
import { bare, closeServers, failureOf, serving, text } from '../registries';

afterEach(closeServers);

const TOKEN = 'ya29.swordfish';
const PARENT = 'projects/science/locations/us-west1/repositories/sciplat';
const digest = (digit: number) => `sha256:${String(digit).repeat(64)}`;

function clientOf(server: ScriptedServer, options: Partial<ArtifactRegistryOptions> = {}) {
  return createArtifactRegistry({
    location: 'us-west1',
    projectId: 'science',
    repository: 'sciplat',
    image: 'lab',
    timeoutMs: 5_000,
    retryDelayMs: 1,
    retries: 3,
    apiEndpoint: server.url,
    authorize: async () => ({ authorization: `Bearer ${TOKEN}` }),
    ...options,
  });
}

const image = (name: string, tags?: readonly string[], imageSizeBytes?: string) => ({
  name: `${PARENT}/dockerImages/${encodeURIComponent(name)}`,
  uri: `us-west1-docker.pkg.dev/science/sciplat/${name}`,
  ...(tags ? { tags } : {}),
  ...(imageSizeBytes ? { imageSizeBytes } : {}),
});

const googleError = (code: number, status: string) =>
  json(code, { error: { code, status, message: `something about ${TOKEN}` } });

test('tags are listed over all pages, each with digest and size; other images and untagged ones are not', async () => {
  const server = await serving(
    json(200, {
      dockerImages: [
        image(`lab@${digest(1)}`, ['w_1', 'recommended'], '4294967296'),
        image(`other@${digest(2)}`, ['w_1']),
        image(`lab@${digest(3)}`),
      ],
      nextPageToken: 'more',
    }),
    json(200, { dockerImages: [image(`lab@${digest(4)}`, ['w_2'])] }),
  );

  expect(await clientOf(server).listTags()).toEqual([
    { tag: 'w_1', digest: digest(1), size: 4_294_967_296 },
    { tag: 'recommended', digest: digest(1), size: 4_294_967_296 },
    { tag: 'w_2', digest: digest(4), size: null },
  ]);
  expect(server.requests).toMatchObject([
    { method: 'GET', path: `/v1/${PARENT}/dockerImages`, authorization: `Bearer ${TOKEN}` },
    { query: { pageToken: 'more' } },
  ]);
});

test('an empty list is an answer', async () => {
  expect(await clientOf(await serving(json(200, {}))).listTags()).toEqual([]);
});

test.each([
  [500, 'INTERNAL'],
  [503, 'UNAVAILABLE'],
])('status %i is tried again, as often as configured', async (status, name) => {
  const failing = googleError(status, name);
  const passing = await serving(failing, failing, failing, json(200, {}));
  expect(await clientOf(passing).listTags()).toEqual([]);
  expect(passing.requests).toHaveLength(4);

  const server = await serving(failing);
  expect(await failureOf(clientOf(server).listTags())).toMatchObject({ problem: 'unavailable', status });
  expect(server.requests).toHaveLength(4);
});

test.each<[string, Answer, object]>([
  ['no permission', googleError(403, 'PERMISSION_DENIED'), { problem: 'unauthorized', status: 403 }],
  ['an expired token', googleError(401, 'UNAUTHENTICATED'), { problem: 'unauthorized', status: 401 }],
  ['no such repository', googleError(404, 'NOT_FOUND'), { problem: 'notFound', status: 404 }],
  ['a limit', googleError(429, 'RESOURCE_EXHAUSTED'), { problem: 'rateLimited' }],
  ['a web page', text('<!DOCTYPE html>'), { problem: 'broken' }],
  ['truncated JSON', text('{"dockerImages": [{"na'), { problem: 'broken' }],
])('%s is its own error at once, which quotes nothing', async (_what, answer, facts) => {
  const server = await serving(answer);
  const failure = await failureOf(clientOf(server).listTags());

  expect(failure).toMatchObject(facts);
  expect(failure.message).toContain('Google Artifact Registry us-west1-docker.pkg.dev/science/sciplat');
  expect(JSON.stringify({ ...failure, stack: failure.stack })).not.toContain(TOKEN);
  expect(server.requests.length).toBeLessThanOrEqual(2);
});

test('pages that go round in circles are refused', async () => {
  const server = await serving(json(200, { dockerImages: [], nextPageToken: 'again' }));

  expect(await failureOf(clientOf(server).listTags())).toMatchObject({ problem: 'broken' });
});

test.each([[{ dockerImages: 'none' }], [[]], [{ dockerImages: [{ tags: [7] }] }]])(
  'another document than a list is refused: %j',
  async (document) => {
    const failure = await failureOf(clientOf(await serving(json(200, document))).listTags());

    expect(failure).toMatchObject({
      problem: 'broken',
      message: expect.stringContaining('unexpected document'),
    });
  },
);

test('no server at the port, or no answer in time, is an error of kind unavailable', async () => {
  const silent = await serving(() => undefined);
  const options = { retries: 0, timeoutMs: 100 };
  expect(await failureOf(clientOf(silent, options).listTags())).toMatchObject({ problem: 'unavailable' });

  await closeServers();
  expect(await failureOf(clientOf(silent, options).listTags())).toMatchObject({ problem: 'unavailable' });
});

test('a caller that gives up is not kept waiting', async () => {
  const server = await serving(bare(503));
  const controller = new AbortController();
  const listing = clientOf(server, { retryDelayMs: 60_000 }).listTags(controller.signal);
  // Nothing tells that the client has begun to wait before it tries again; any moment is to end the listing.
  setTimeout(() => controller.abort(new Error('given up')), 20);

  await expect(listing).rejects.toThrow('given up');
});

test('versions are deleted fifty at a time, none of them twice', async () => {
  const response = { '@type': 'type.googleapis.com/google.protobuf.Empty', value: {} };
  const server = await serving(json(200, { name: `${PARENT}/operations/1`, done: true, response }));
  const digests = Array.from({ length: 120 }, (_, index) => `sha256:${String(index).padStart(64, '0')}`);

  const told: number[] = [];
  await clientOf(server).deleteVersions([...digests, ...digests], (count) => told.push(count));

  const posts = server.requests.filter(({ method }) => method === 'POST');
  expect(posts.map(({ path }) => path)).toEqual(
    Array.from({ length: 3 }, () => `/v1/${PARENT}/packages/lab/versions:batchDelete`),
  );
  const names = posts.map(({ body }) => (JSON.parse(body) as { names: string[] }).names);
  expect(names.map(({ length }) => length)).toEqual([50, 50, 20]);
  expect(told).toEqual([50, 100, 120]);
  expect(names.flat()).toEqual(digests.map((each) => `${PARENT}/packages/lab/versions/${each}`));
});

test('a deletion is waited for, and one that fails afterwards is a failure', async () => {
  const name = `${PARENT}/operations/1`;
  const error = { code: 9, message: `tagged ${TOKEN}` };
  const server = await serving(json(200, { name }), json(200, { name, done: true, error }));

  const failure = await failureOf(clientOf(server).deleteVersions([digest(1)], () => undefined));

  expect(failure).toMatchObject({ problem: 'broken', message: expect.stringContaining('(code 9)') });
  expect(failure.message).not.toContain(TOKEN);
  expect(server.requests[1]).toMatchObject({ method: 'GET', path: `/v1/${name}` });
});

test('a deletion that fails midway has reported what is gone', async () => {
  const done = json(200, { name: `${PARENT}/operations/1`, done: true });
  const server = await serving(done, bare(403));
  const digests = Array.from({ length: 120 }, (_, index) => `sha256:${String(index).padStart(64, '0')}`);

  const told: number[] = [];
  const failure = await failureOf(clientOf(server).deleteVersions(digests, (count) => told.push(count)));

  expect(failure).toMatchObject({ problem: 'unauthorized' });
  expect(told).toEqual([50]);
});

test('an endpoint elsewhere must be one of HTTPS', async () => {
  const server = await serving();

  expect(() => clientOf(server, { apiEndpoint: 'http://gar.example.com' })).toThrow('not on this machine');
});

describe('application default credentials', () => {
  let directory: string;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'google-'));
    writeFileSync(join(directory, 'subject'), 'pod-token');
  });

  afterEach(() => delete process.env['GOOGLE_APPLICATION_CREDENTIALS']);
  afterAll(() => rmSync(directory, { recursive: true }));

  /** Workload identity: a token of the pod is exchanged for one of Google. */
  function useWorkloadIdentity(tokenUrl: string): void {
    const path = join(directory, 'credentials.json');
    writeFileSync(
      path,
      JSON.stringify({
        type: 'external_account',
        audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q',
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        token_url: tokenUrl,
        credential_source: { file: join(directory, 'subject') },
      }),
    );
    process.env['GOOGLE_APPLICATION_CREDENTIALS'] = path;
  }

  const fromEnvironment = (server: ScriptedServer) => {
    const { url: apiEndpoint } = server;
    const place = { location: 'us-west1', projectId: 'science', repository: 'sciplat', image: 'lab' };
    const limits = { timeoutMs: 5_000, retryDelayMs: 1, retries: 0 };
    return createArtifactRegistry({ ...place, ...limits, apiEndpoint });
  };

  test('application default credentials are exchanged for a token, once', async () => {
    const exchange = await serving(
      json(200, { access_token: TOKEN, expires_in: 3600, token_type: 'Bearer' }),
    );
    const server = await serving(json(200, {}));
    useWorkloadIdentity(exchange.url);

    const client = fromEnvironment(server);
    await client.listTags();
    await client.listTags();

    expect(exchange.requests.map(({ body }) => new URLSearchParams(body).get('subject_token'))).toEqual([
      'pod-token',
    ]);
    expect(server.requests.map(({ authorization }) => authorization)).toEqual(
      Array.from({ length: 2 }, () => `Bearer ${TOKEN}`),
    );
  });

  test('refused application default credentials have their own error, and no request is sent', async () => {
    const exchange = await serving(json(400, { error: 'invalid_grant', error_description: 'pod-token' }));
    const server = await serving(json(200, {}));
    useWorkloadIdentity(exchange.url);

    const failure = await failureOf(fromEnvironment(server).listTags());

    expect(failure).toMatchObject({
      problem: 'unauthorized',
      message: expect.stringContaining('were refused'),
    });
    expect(failure.message).not.toContain('pod-token');
    expect(server.requests).toEqual([]);
  });

  test('missing application default credentials give an error with the remedy', async () => {
    process.env['GOOGLE_APPLICATION_CREDENTIALS'] = join(directory, 'missing.json');
    const server = await serving(json(200, {}));

    expect(await failureOf(fromEnvironment(server).listTags())).toMatchObject({
      problem: 'unauthorized',
      message: expect.stringContaining('GOOGLE_APPLICATION_CREDENTIALS'),
    });
  });
});
