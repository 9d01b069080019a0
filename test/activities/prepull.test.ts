import { createPrepullActivities, type PrepullActivities } from '../../src/activities/prepull';
import { createKubernetesClient, type KubernetesClient } from '../../src/kubernetes/client';
import { json, status } from '../unit/kubernetes/scripted-server';
import { attempt } from './attempt';
import { type ScriptedCluster, startScriptedCluster } from './scripted-cluster';

const POD = '/api/v1/namespaces/nublado/pods/prepull-a-node-1';

let cluster: ScriptedCluster;
let kubernetes: KubernetesClient;
let activities: PrepullActivities;

beforeEach(async () => {
  cluster = await startScriptedCluster();
  kubernetes = createKubernetesClient({ kubeconfig: cluster.server.kubeconfig, requestTimeoutMs: 5_000 });
  activities = createPrepullActivities({ kubernetes });
});

afterEach(async () => {
  await kubernetes.close();
  await cluster.close();
});

const NAMED = { name: 'prepull-a-node-1', namespace: 'nublado' };

const create = (id = 'first') =>
  attempt(() =>
    activities.createPrepullPod({
      ...NAMED,
      id,
      node: 'node-1',
      reference: 'registry.test/lab:a@sha256:1234',
      tolerations: [],
      pullSecret: null,
    }),
  );

const methods = () => cluster.server.requests.map(({ method }) => method);

test('a pull costs one request for its pod and one for its removal', async () => {
  const uid = await create();
  expect(cluster.objects.get(POD)).toMatchObject({
    metadata: { uid, labels: { 'nublado.lsst.io/category': 'prepuller' } },
    spec: { nodeName: 'node-1' },
  });
  await attempt(() => activities.deletePrepullPod({ ...NAMED, id: 'first', uid }));

  expect(cluster.objects.size).toBe(0);
  expect(methods()).toEqual(['POST', 'DELETE']);
  expect(JSON.parse(cluster.server.requests.at(-1)?.body ?? '')).toMatchObject({ gracePeriodSeconds: 0 });
});

test('a repeated attempt recognises the pod that the first one made', async () => {
  const uid = await create();
  expect(await create()).toBe(uid);
  expect(methods()).toEqual(['POST', 'POST', 'GET']);
});

test('the pod of another pull is left to the workflow, which gets its UID', async () => {
  const uid = await create('another');
  await expect(create()).rejects.toMatchObject({ type: 'PodInTheWay', nonRetryable: true, details: [uid] });
  expect(cluster.objects.has(POD)).toBe(true);
});

const remove = (identity: { id?: string; uid?: string | null }) =>
  attempt(() => activities.deletePrepullPod({ ...NAMED, ...identity }));

test('a pod is deleted by its UID, and another one of its name stays', async () => {
  const uid = await create('another');
  await remove({ id: 'first', uid: 'uid-of-the-first' });
  expect(cluster.objects.has(POD)).toBe(true);
  await remove({ id: 'another', uid });

  expect(cluster.objects.has(POD)).toBe(false);
  expect(methods()).toEqual(['POST', 'DELETE', 'DELETE']);
});

test('a pod of unknown UID is deleted only if it is of the pull', async () => {
  await create('another');
  await remove({ id: 'first', uid: null });
  expect(cluster.objects.has(POD)).toBe(true);
  await remove({ id: 'another', uid: null });

  expect(cluster.objects.has(POD)).toBe(false);
});

test('a pod that pulls no image is left alone', async () => {
  cluster.objects.set(POD, { kind: 'Pod', metadata: { name: NAMED.name } });
  await expect(create()).rejects.toMatchObject({ type: 'ObjectConflict', nonRetryable: true });
  expect(cluster.objects.has(POD)).toBe(true);
});

test('removing a pod that is gone succeeds', async () => {
  await expect(attempt(() => activities.deletePrepullPod(NAMED))).resolves.toBeUndefined();
});

test.each(['createPrepullPod', 'deletePrepullPod'] as const)(
  '%s is tried again when the cluster is away',
  async (activity) => {
    const method = activity === 'createPrepullPod' ? 'POST' : 'DELETE';
    const pathEnd = activity === 'createPrepullPod' ? '/pods' : NAMED.name;
    cluster.answer(method, pathEnd, status(503, 'ServiceUnavailable'));
    const act = activity === 'createPrepullPod' ? create() : remove({ uid: 'any' });

    await expect(act).rejects.toMatchObject({ type: 'KubernetesUnavailable', nonRetryable: false });
  },
);

test('all pods of the namespace that pull images are read with one request', async () => {
  const uid = await create('first');
  const items = [cluster.objects.get(POD)];
  cluster.answer('GET', '/namespaces/nublado/pods', json(200, { kind: 'PodList', metadata: {}, items }));
  const pods = await attempt(() => activities.readPrepullPods({ namespace: 'nublado' }));

  expect(pods).toMatchObject([{ name: NAMED.name, pod: { uid, spawnId: 'first', phase: 'Unknown' } }]);
  expect(cluster.server.requests.at(-1)?.query).toEqual({
    labelSelector: 'nublado.lsst.io/category=prepuller',
  });
});
