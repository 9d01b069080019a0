import { writeFile } from 'node:fs/promises';
import type { V1NetworkPolicy } from '@kubernetes/client-node';
import { createKubernetesClient, type KubernetesClient } from '../../../src/kubernetes/client';
import {
  type RequestObservation,
  throwIfRequestsEnded,
  withRequestSignal,
} from '../../../src/kubernetes/http';
import { collectionPath } from '../../../src/kubernetes/paths';
import { coreReference } from '../../../src/kubernetes/references';
import {
  type Answer,
  json,
  kubeconfigFor,
  type ScriptedServer,
  startScriptedServer,
  status,
} from './scripted-server';

const pod = { kind: 'Pod', metadata: { name: 'p', uid: 'u', resourceVersion: '7' } };

let server: ScriptedServer;
let client: KubernetesClient;
let observations: RequestObservation[];

/** Serves a client that has all the time it needs. */
const serve = (...answers: Answer[]): Promise<void> => serveWithin(60_000, ...answers);

/** Serves a client whose requests end after so long. */
async function serveWithin(requestTimeoutMs: number, ...answers: Answer[]): Promise<void> {
  server = await startScriptedServer(...answers);
  client = createKubernetesClient({
    kubeconfig: server.kubeconfig,
    requestTimeoutMs,
    onRequest: (observation) => observations.push(observation),
  });
}

beforeEach(() => {
  observations = [];
});

afterEach(async () => {
  await client.close();
  await server.close();
});

const readPod = () => client.read(coreReference('Pod', { namespace: 'n', name: 'p' }));

test('sequential reads share connections and carry the token', async () => {
  await serve(json(200, pod));
  for (let count = 0; count < 30; count += 1) await readPod();
  expect(server.requests).toHaveLength(30);
  expect(server.connections()).toBeLessThanOrEqual(2);
  expect(server.requests[0]?.authorization).toBe('Bearer letmein');
});

test('a refusal is an error that says of which object', async () => {
  await serve(
    status(404, 'NotFound', { message: 'pods "p" not found', details: { kind: 'pods', name: 'p' } }),
  );
  await expect(readPod()).rejects.toMatchObject({
    name: 'KubernetesError',
    code: 404,
    message: 'get pods n/p: 404 NotFound: pods "p" not found',
  });
});

test('Retry-After reaches the error', async () => {
  await serve(json(429, {}, { 'retry-after': '4' }));
  await expect(readPod()).rejects.toMatchObject({ code: 429, retryAfterMs: 4000 });
});

test('a server that does not answer in time is an error without a code', async () => {
  await serveWithin(200, () => undefined);
  await expect(readPod()).rejects.toMatchObject({
    name: 'KubernetesError',
    code: null,
    reason: 'TimeoutError',
  });
});

test('a body that stops half-way is an error within the time limit', async () => {
  await serveWithin(200, (response) => void response.writeHead(200).write('{"kind":'));
  await expect(readPod()).rejects.toMatchObject({ code: null, reason: 'TimeoutError' });
});

test('a refused connection is an error without a code', async () => {
  await serve();
  await server.close();
  await expect(readPod()).rejects.toMatchObject({ code: null, reason: 'ECONNREFUSED' });
  server = await startScriptedServer();
});

test('an abort by the caller closes the connection', async () => {
  const controller = new AbortController();
  await serve(() => controller.abort('enough'));
  const error: unknown = await withRequestSignal(controller.signal, readPod).catch((error: unknown) => error);
  expect(error).toMatchObject({ name: 'AbortError', cause: 'enough' });
  await server.connectionClosed();
});

test('a signal reaches only the requests made inside', async () => {
  await serve(json(200, pod));
  await expect(withRequestSignal(AbortSignal.abort(), readPod)).rejects.toMatchObject({ name: 'AbortError' });
  await expect(readPod()).resolves.toMatchObject({ metadata: { name: 'p' } });
});

test('nothing is sent where the last look before it ends the work', async () => {
  await serve(json(200, pod));
  const work = new AbortController();
  const looks: number[] = [];
  const look = () => {
    looks.push(server.requests.length);
    if (looks.length === 2) work.abort('over');
  };
  const outcome = withRequestSignal(
    work.signal,
    async () => {
      await readPod();
      await readPod();
    },
    look,
  );

  await expect(outcome).rejects.toMatchObject({ name: 'AbortError', cause: 'over' });
  expect(looks).toEqual([0, 1]);
  expect(server.requests).toHaveLength(1);
});

test('steps that send elsewhere end with the requests of their work', async () => {
  await serve();
  const work = new AbortController();

  expect(throwIfRequestsEnded).not.toThrow();
  expect(() => withRequestSignal(work.signal, throwIfRequestsEnded)).not.toThrow();
  expect(() => withRequestSignal(work.signal, throwIfRequestsEnded, () => work.abort('over'))).toThrow(
    expect.objectContaining({ name: 'AbortError', cause: 'over' }),
  );
});

test('who an object is can be read without what it holds', async () => {
  const metadata = { name: 'p', uid: 'u', labels: { a: 'b' } };
  await serve(json(200, { metadata }));
  const manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'p', namespace: 'n' } };

  expect(await client.identify(manifest)).toEqual({ metadata: { uid: 'u', labels: { a: 'b' } } });
  expect(server.requests[0]).toMatchObject({ method: 'GET', path: '/api/v1/namespaces/n/configmaps/p' });
});

test('requests are observed with their outcome', async () => {
  await serve(json(200, pod), status(409, 'AlreadyExists'), (response) => void response.destroy());
  await readPod();
  await client.create({ apiVersion: 'v1', ...pod }).catch(() => undefined);
  await readPod().catch(() => undefined);
  expect(observations).toEqual([
    { verb: 'get', resource: 'pods', status: 200, durationMs: expect.any(Number) },
    { verb: 'create', resource: 'pods', status: 409, durationMs: expect.any(Number) },
    { verb: 'get', resource: 'pods', status: null, durationMs: expect.any(Number) },
  ]);
});

test('create posts the manifest and returns the stored object’s identity', async () => {
  await serve(json(201, pod));
  const manifest = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'n' } };
  await expect(client.create(manifest)).resolves.toEqual({ uid: 'u', resourceVersion: '7' });
  const [request] = server.requests;
  expect(request).toMatchObject({ method: 'POST', path: '/api/v1/namespaces/n/pods' });
  expect(JSON.parse(request?.body ?? '')).toEqual(manifest);
});

test('an error names the refused object, also when the server does not', async () => {
  await serve(json(400, { kind: 'Status', status: 'Failure', reason: 'BadRequest', message: 'no quantity' }));
  const manifest = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q', namespace: 'n' } };
  await expect(client.create(manifest)).rejects.toMatchObject({
    verb: 'create',
    namespace: 'n',
    objectName: 'q',
    code: 400,
  });
});

test('a network policy is sent with the field names of the server', async () => {
  await serve(json(201, pod));
  const policy: V1NetworkPolicy = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    spec: { podSelector: {}, ingress: [{ _from: [{ podSelector: {} }] }] },
  };
  await client.create(policy);
  expect(JSON.parse(server.requests[0]?.body ?? '')).toMatchObject({
    spec: { ingress: [{ from: [{ podSelector: {} }] }] },
  });
});

test('closing ends requests in flight and refuses new ones', async () => {
  const arrived = Promise.withResolvers<void>();
  await serve(() => arrived.resolve());
  const reading = readPod().catch((error: unknown) => error);
  await arrived.promise;
  await client.close();
  expect(await reading).toMatchObject({ name: 'AbortError', message: 'The client was closed' });
  await expect(readPod()).rejects.toMatchObject({ name: 'AbortError' });
});

test.each([
  ['names no cluster', JSON.stringify({ 'current-context': 'none' }), /names no cluster/],
  ['asks for a proxy', kubeconfigFor({ server: 'http://x', 'proxy-url': 'http://y' }), /proxy/],
])('a kubeconfig that %s is refused', async (_, content, problem) => {
  await serve();
  await writeFile(server.kubeconfig, content);
  expect(() => createKubernetesClient({ kubeconfig: server.kubeconfig, requestTimeoutMs: 1 })).toThrow(
    problem,
  );
});

test.each([
  ['v1', 'Namespace', undefined, '/api/v1/namespaces'],
  ['v1', 'ResourceQuota', 'n', '/api/v1/namespaces/n/resourcequotas'],
  ['networking.k8s.io/v1', 'NetworkPolicy', 'n', '/apis/networking.k8s.io/v1/namespaces/n/networkpolicies'],
  ['networking.k8s.io/v1', 'Ingress', 'n', '/apis/networking.k8s.io/v1/namespaces/n/ingresses'],
])('%s %s is created at its collection', async (apiVersion, kind, namespace, path) => {
  await serve();
  expect(collectionPath({ apiVersion, kind, metadata: { namespace } })).toBe(path);
});
