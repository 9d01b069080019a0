import type { ApplicationFailure } from '@temporalio/common';
import { createFsadminActivities, type FsadminActivities } from '../../src/activities/fsadmin';
import type { FsadminStart } from '../../src/domain/fsadmin';
import { createKubernetesClient, type KubernetesClient } from '../../src/kubernetes/client';
import { sealRequest } from '../../src/sealing/request';
import { FSADMIN_WORKFLOW_ID } from '../../src/workflow-clients/names';
import { fsadminInput } from '../objects/file-server-cases';
import { sealer } from '../support/sealing';
import { json, status } from '../unit/kubernetes/scripted-server';
import { activityEnvironment } from './attempt';
import { type ScriptedCluster, type StoredObject, startScriptedCluster } from './scripted-cluster';

const { config } = fsadminInput('everything');
const { podName } = config.fsadmin;
const PODS = '/api/v1/namespaces/nublado/pods';
const CLAIMS = '/api/v1/namespaces/nublado/persistentvolumeclaims';
const POD = `${PODS}/${podName}`;
const SOURCE = { keyId: 'test', iv: '', ciphertext: '', tag: '' };
const TIMEOUTS = { operationMs: 120_000, checkMs: 600_000, kubernetesRequestMs: 5_000 };

let cluster: ScriptedCluster;
let kubernetes: KubernetesClient;
let activities: FsadminActivities;

beforeEach(async () => {
  cluster = await startScriptedCluster();
  kubernetes = createKubernetesClient({ kubeconfig: cluster.server.kubeconfig, requestTimeoutMs: 5_000 });
  activities = createFsadminActivities({
    kubernetes,
    sealer,
    configurations: { of: () => config },
    podName: () => podName,
    namespace: 'nublado',
  });
});

afterEach(async () => {
  await kubernetes.close();
  await cluster.close();
});

const attempt = <T>(activity: () => Promise<T>, workflowId: string = FSADMIN_WORKFLOW_ID) =>
  activityEnvironment(undefined, workflowId).run(activity);

/** A request as the API makes it. */
function aRequest(operationId = 'first', acceptedAt = new Date().toISOString()): FsadminStart {
  const configuration = { id: 'test', source: SOURCE };
  const request = { requester: 'rachel', timeouts: TIMEOUTS, operationId, configuration, acceptedAt };
  return sealRequest(request, FSADMIN_WORKFLOW_ID, sealer);
}

const create = (request = aRequest(), workflowId?: string) =>
  attempt(() => activities.createFsadmin({ ...request, told: null }), workflowId);

const methods = () => cluster.server.requests.map(({ method }) => method);
const claimPaths = () => [...cluster.objects.keys()].filter((path) => path.startsWith(CLAIMS));

describe('a creation', () => {
  test('a creation makes the claims, then the pod with all mounts writable', async () => {
    const pod = await create();

    expect(pod).toMatchObject({ kind: 'Pod', name: podName });
    const paths = cluster.server.requests.map(({ path }) => path);
    expect(paths.at(-1)).toBe(PODS);
    expect(paths.slice(0, -1).every((path) => path === CLAIMS)).toBe(true);
    expect(claimPaths().length).toBeGreaterThan(0);
    const [container] = (cluster.objects.get(POD) as { spec?: { containers: [{ volumeMounts: object[] }] } })
      .spec?.containers ?? [{ volumeMounts: [] }];
    expect(container.volumeMounts.length).toBeGreaterThan(0);
    for (const mount of container.volumeMounts) expect(mount).toMatchObject({ readOnly: false });
  });

  test('a repeated attempt keeps what the first one has made', async () => {
    const first = await create();
    const before = new Map(cluster.objects);

    expect(await create()).toEqual(first);
    expect(cluster.objects).toEqual(before);
  });

  test('an object of another creation is left to the workflow, which gets its UID', async () => {
    await create();
    const [claim = ''] = claimPaths();
    const { name, uid } = cluster.objects.get(claim)?.metadata ?? {};

    await expect(create(aRequest('second'))).rejects.toMatchObject({
      type: 'FsadminObjectInTheWay',
      nonRetryable: true,
      details: [{ kind: 'PersistentVolumeClaim', name, uid }],
    });
    expect(methods()).not.toContain('DELETE');
  });

  test('an object that is not of file system administration is in conflict with a creation', async () => {
    cluster.objects.set(POD, { kind: 'Pod', metadata: { name: podName, uid: 'other' } });

    await expect(create()).rejects.toMatchObject({ type: 'ObjectConflict', nonRetryable: true });
    expect(cluster.objects.get(POD)?.metadata.uid).toBe('other');
  });
});

describe('a request that the API has not made so', () => {
  const request = aRequest();
  const { seal: _, ...unsealed } = request;
  const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

  test.each<[string, FsadminStart, string]>([
    ['with another field', { ...request, operationId: 'forged' }, FSADMIN_WORKFLOW_ID],
    ['with a further field', { ...request, privileged: true } as FsadminStart, FSADMIN_WORKFLOW_ID],
    [
      'with another configuration',
      { ...request, configuration: { id: 'forged', source: SOURCE } },
      FSADMIN_WORKFLOW_ID,
    ],
    [
      'with longer timeouts',
      { ...request, timeouts: { ...TIMEOUTS, operationMs: 1e12 } },
      FSADMIN_WORKFLOW_ID,
    ],
    ['with the seal of another request', { ...request, seal: aRequest('second').seal }, FSADMIN_WORKFLOW_ID],
    ['with an empty seal', { ...unsealed, seal: { ...SOURCE } }, FSADMIN_WORKFLOW_ID],
    ['of another workflow', request, 'fsadmin-2'],
    ['sealed for a lab', sealRequest(unsealed, 'lab-rachel', sealer), FSADMIN_WORKFLOW_ID],
    ['that was accepted too long ago', aRequest('first', minutesAgo(6)), FSADMIN_WORKFLOW_ID],
    ['without a time', aRequest('first', 'yesterday'), FSADMIN_WORKFLOW_ID],
  ])('a request %s is refused before anything is sent', async (_what, forged, workflowId) => {
    await expect(create(forged, workflowId)).rejects.toMatchObject({
      type: 'PlanRefused',
      nonRetryable: true,
    });
    expect(cluster.server.requests).toEqual([]);
  });

  test('a request sealed with a key that is not known is tried again, and nothing is sent', async () => {
    const other = { ...request, seal: { ...request.seal, keyId: 'next' } };

    await expect(create(other)).rejects.toThrow('sealing key "next" is not known');
    expect(cluster.server.requests).toEqual([]);
  });
});

/** An object of file system administration, as an earlier creation has left it. */
function leave(path: string, kind: string, more: Partial<StoredObject> = {}, metadata: object = {}): void {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const labels = { 'nublado.lsst.io/category': 'fsadmin' };
  cluster.objects.set(path, {
    ...more,
    kind,
    metadata: { name, uid: `uid-of-${name}`, labels, ...metadata },
  });
}

test('a read finds pods and claims by their label, also under names of earlier configurations', async () => {
  leave(POD, 'Pod', { status: { phase: 'Running', startTime: '2077-10-23T09:47:00Z' } });
  leave(`${PODS}/former`, 'Pod', { status: { phase: 'Succeeded' } });
  leave(`${CLAIMS}/former-pvc-scratch`, 'PersistentVolumeClaim');
  cluster.objects.set(`${PODS}/another`, { kind: 'Pod', metadata: { name: 'another', uid: 'a' } });

  expect(await attempt(() => activities.readFsadmin())).toEqual({
    namespace: 'nublado',
    podName,
    pods: [
      {
        name: podName,
        uid: `uid-of-${podName}`,
        phase: 'Running',
        isDeleting: false,
        startTime: '2077-10-23T09:47:00Z',
      },
      { name: 'former', uid: 'uid-of-former', phase: 'Succeeded', isDeleting: false, startTime: null },
    ],
    claims: [{ kind: 'PersistentVolumeClaim', name: 'former-pvc-scratch', uid: 'uid-of-former-pvc-scratch' }],
  });
});

describe('a removal', () => {
  const remove = (path: string, uid: string, graceMs = 1_000, told: string | null = null) => {
    const kind = path.startsWith(PODS) ? 'Pod' : 'PersistentVolumeClaim';
    const name = path.slice(path.lastIndexOf('/') + 1);
    return attempt(() => activities.removeFsadminObject({ kind, name, uid, graceMs, told }));
  };

  test.each([POD, `${CLAIMS}/fsadmin-pvc-scratch`])('%s is removed by its UID', async (path) => {
    leave(path, 'Pod');
    const { uid = '' } = cluster.objects.get(path)?.metadata ?? {};
    await remove(path, uid);

    expect(cluster.objects.size).toBe(0);
    const deletion = cluster.server.requests.find(({ method }) => method === 'DELETE');
    expect(JSON.parse(deletion?.body ?? '')).toMatchObject({ preconditions: { uid } });
  });

  test('another object of the name stays, and so does one that is not of file system administration', async () => {
    leave(POD, 'Pod');
    await remove(POD, 'uid-of-the-one-before');
    leave(POD, 'Pod', {}, { labels: {} });
    await remove(POD, `uid-of-${podName}`);

    expect(cluster.objects.has(POD)).toBe(true);
    expect(methods()).not.toContain('DELETE');
  });

  test('what keeps a deleted object is told once, and then waited for', async () => {
    const deletionTimestamp = '2077-10-23T09:47:00Z';
    leave(POD, 'Pod', {}, { deletionTimestamp, finalizers: ['example.com/hold'] });
    const told = `Pod ${podName} is being deleted and kept by example.com/hold.`;

    await expect(remove(POD, `uid-of-${podName}`)).rejects.toMatchObject({ type: 'Obstacle', message: told });
    await expect(remove(POD, `uid-of-${podName}`, 1_000, told)).rejects.toMatchObject({ type: 'NotYet' });
    expect(methods()).not.toContain('DELETE');
  });

  test('a pod that is being deleted is deleted once more where no grace is left to it', async () => {
    leave(POD, 'Pod', {}, { deletionTimestamp: '2077-10-23T09:47:00Z' });
    await remove(POD, `uid-of-${podName}`, 0);

    expect(cluster.objects.size).toBe(0);
    const deletion = cluster.server.requests.find(({ method }) => method === 'DELETE');
    expect(JSON.parse(deletion?.body ?? '')).toMatchObject({ gracePeriodSeconds: 0 });
  });

  test('a removal is tried again when the cluster is away, which is told once', async () => {
    cluster.answer('GET', podName, status(503, 'ServiceUnavailable'), status(503, 'ServiceUnavailable'));
    const told = await remove(POD, 'any').then(
      () => null,
      (error: ApplicationFailure) => error,
    );

    expect(told).toMatchObject({ type: 'Obstacle', message: expect.stringContaining('status 503') });
    await expect(remove(POD, 'any', 1_000, told?.message)).rejects.toMatchObject({
      type: 'KubernetesUnavailable',
      nonRetryable: false,
    });
  });
});

describe('a wait for a pod', () => {
  const wait = (told: string | null = null) =>
    attempt(() => activities.awaitFsadminPod({ name: podName, uid: `uid-of-${podName}`, told }));

  test.each(['Running', 'Succeeded', 'Failed'])('a wait for a pod ends once it is %s', async (phase) => {
    leave(POD, 'Pod', { status: { phase, startTime: '2077-10-23T09:47:00Z' } });

    expect(await wait()).toMatchObject({ phase, startTime: '2077-10-23T09:47:00Z' });
  });

  test('a wait for a pod ends once it is gone, or replaced', async () => {
    expect(await wait()).toBeNull();
    leave(POD, 'Pod', { status: { phase: 'Running' } }, { uid: 'another' });
    expect(await wait()).toBeNull();
  });

  test.each(['Pending', 'Unknown'])('a wait for a pod that is %s goes on', async (phase) => {
    leave(POD, 'Pod', { status: { phase } });

    await expect(wait()).rejects.toMatchObject({ type: 'NotYet' });
  });

  test('a wait for a pod says what the cluster says', async () => {
    const waiting = { reason: 'ErrImagePull', message: 'not found' };
    leave(POD, 'Pod', {
      spec: { containers: [{ name: podName }] },
      status: { phase: 'Pending', containerStatuses: [{ name: podName, state: { waiting } }] },
    });

    await expect(wait()).rejects.toMatchObject({
      type: 'Obstacle',
      message: `The pod does not start. Container ${podName}: ErrImagePull, not found`,
    });
  });

  test('a pod that starts within a moment is noticed by the same attempt', async () => {
    leave(POD, 'Pod', { status: { phase: 'Running', startTime: '2077-10-23T09:47:00Z' } });
    const pending = {
      kind: 'Pod',
      metadata: { name: podName, uid: `uid-of-${podName}` },
      status: { phase: 'Pending' },
    };
    cluster.answer('GET', podName, json(200, pending));

    expect(await wait()).toMatchObject({ phase: 'Running' });
  });
});
