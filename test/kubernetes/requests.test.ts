import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { V1ConfigMap, V1Pod, V1ResourceQuota, V1Secret } from '@kubernetes/client-node';
import { createKubernetesClient, type KubernetesClient } from '../../src/kubernetes/client';
import { withRequestSignal } from '../../src/kubernetes/http';
import { coreCollection, coreReference, namespaceReference } from '../../src/kubernetes/references';
import { classify, type Verdict } from '../../src/kubernetes/verdict';
import { coreApi } from '../support/core-api';
import { theStack } from '../support/stack';
import { aConfigMap, createNamespace, withKubeconfig } from './cluster';

const { kubernetes } = theStack();
const requestTimeoutMs = 10_000;
const core = coreApi(kubernetes.adminKubeconfig);

let client: KubernetesClient;
let admin: KubernetesClient;
let namespace: string;

beforeAll(async () => {
  client = createKubernetesClient({ kubeconfig: kubernetes.controllerKubeconfig, requestTimeoutMs });
  admin = createKubernetesClient({ kubeconfig: kubernetes.adminKubeconfig, requestTimeoutMs });
  namespace = await createNamespace(client);
});

afterAll(async () => {
  await core.deleteNamespace({ name: namespace });
  await client.close();
  await admin.close();
});

const failureOf = (request: Promise<unknown>): Promise<unknown> =>
  request.then(
    () => null,
    (error: unknown) => error,
  );

const verdictOn = async (request: Promise<unknown>): Promise<Verdict> => classify(await failureOf(request));

function aPod(namespace: string, name: string, spec: Partial<V1Pod['spec']> = {}): V1Pod {
  const containers = [
    { name: 'main', image: 'image.example/none:none', resources: { limits: { cpu: '2' } } },
  ];
  return { apiVersion: 'v1', kind: 'Pod', metadata: { namespace, name }, spec: { containers, ...spec } };
}

test('an object is created once, read, deleted once, and then absent', async () => {
  const created = await client.create(aConfigMap(namespace, 'once'));
  const reference = coreReference('ConfigMap', { namespace, name: 'once' });
  const read = () => admin.read<V1ConfigMap>(reference);
  const remove = () => admin.remove(reference, { uid: created.uid });
  expect((await read()).metadata).toMatchObject(created);
  expect(await verdictOn(client.create(aConfigMap(namespace, 'once')))).toEqual({ kind: 'alreadyExists' });
  await remove();
  expect(await verdictOn(read())).toEqual({ kind: 'notFound' });
  expect(await verdictOn(remove())).toEqual({ kind: 'notFound' });
});

test('a create in a namespace that is not there is tried again after a second', async () => {
  const request = client.create(aConfigMap('test-nowhere', 'a'));
  expect(await verdictOn(request)).toEqual({ kind: 'retry', afterMs: 1000 });
});

test('a create in a terminating namespace is tried again after two seconds', async () => {
  const name = await createNamespace(client);
  const finalizers = ['example.org/held'];
  await admin.create({
    ...aConfigMap(name, 'held'),
    metadata: { namespace: name, name: 'held', finalizers },
  });
  await core.deleteNamespace({ name });
  expect(await verdictOn(client.create(aConfigMap(name, 'a')))).toEqual({ kind: 'retry', afterMs: 2000 });
  const body = [{ op: 'remove', path: '/metadata/finalizers' }];
  await core.patchNamespacedConfigMap({ namespace: name, name: 'held', body });
});

test('a pod whose service account is not there yet is tried again soon', async () => {
  const request = client.create(aPod(namespace, 'early', { serviceAccountName: 'not-yet' }));
  expect(await verdictOn(request)).toEqual({ kind: 'retry', afterMs: 250 });
});

test('a pod beyond the quota is refused as such, once the quota is counted', async () => {
  const namespace = await createNamespace(client);
  const quota: V1ResourceQuota = {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { namespace, name: 'quota' },
    spec: { hard: { 'limits.cpu': '1' } },
  };
  await client.create(quota);
  let verdict: Verdict;
  do verdict = await verdictOn(client.create(aPod(namespace, 'large')));
  while (verdict.kind === 'retry' && verdict.afterMs === 250);
  expect(verdict).toEqual({ kind: 'quotaExceeded' });
  await core.deleteNamespace({ name: namespace });
});

test('what the role does not allow is forbidden', async () => {
  expect(await verdictOn(client.list({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace } }))).toEqual(
    { kind: 'forbidden' },
  );
});

test('an invalid object is refused with the server’s message', async () => {
  const error = await failureOf(client.create(aConfigMap(namespace, 'Not A Name')));
  expect(classify(error)).toEqual({ kind: 'invalid' });
  expect(error).toMatchObject({ code: 422, message: expect.stringContaining('metadata.name') });
});

test('an invalid Secret is refused without its data in the message', async () => {
  const secret: V1Secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace, name: 'bad' },
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': Buffer.from('hunter2').toString('base64'), 'hunter2 !': 'aHVudGVyMg==' },
  };
  const error = await failureOf(client.create(secret));
  expect(error).toMatchObject({
    code: 422,
    message: expect.stringMatching(/^create secrets .*: 422 Invalid/),
  });
  expect(String(error)).not.toMatch(/hunter2"|aHVudGVyMg/);
});

test('a wrong token is unauthorized', async () => {
  const user = { token: 'wrong', tokenFile: undefined, 'client-certificate-data': undefined };
  await withKubeconfig(kubernetes.controllerKubeconfig, { user }, async (kubeconfig) => {
    const stranger = createKubernetesClient({ kubeconfig, requestTimeoutMs });
    expect(await verdictOn(stranger.list(coreCollection('Node')))).toEqual({ kind: 'unauthorized' });
    await stranger.close();
  });
});

test.each([
  ['a name of the certificate is accepted', 'kubernetes.default.svc', 'answer'],
  ['another name is refused', 'other.example', 'ERR_TLS_CERT_ALTNAME_INVALID'],
])('as tls-server-name, %s', async (_, name, outcome) => {
  await withKubeconfig(
    kubernetes.adminKubeconfig,
    { cluster: { 'tls-server-name': name } },
    async (kubeconfig) => {
      const named = createKubernetesClient({ kubeconfig, requestTimeoutMs });
      const read = named.read(namespaceReference('default'));
      expect(await read.then(() => 'answer', codeOf)).toBe(outcome);
      await named.close();
    },
  );
});

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : error;
}

test('thirty sequential reads use few connections', async () => {
  const fresh = createKubernetesClient({ kubeconfig: kubernetes.controllerKubeconfig, requestTimeoutMs });
  let connections = 0;
  const count = (): void => {
    connections += 1;
  };
  subscribe('undici:client:connected', count);
  for (let read = 0; read < 30; read += 1) await fresh.read(namespaceReference(namespace));
  unsubscribe('undici:client:connected', count);
  expect(connections).toBeGreaterThan(0);
  expect(connections).toBeLessThanOrEqual(2);
  await fresh.close();
});

test('an abort ends a list', async () => {
  const controller = new AbortController();
  const read = withRequestSignal(controller.signal, () => client.list(coreCollection('Pod')));
  controller.abort('enough');
  expect(await verdictOn(read)).toEqual({ kind: 'aborted' });
});
