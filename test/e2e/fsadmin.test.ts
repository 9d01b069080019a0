import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WorkflowNotFoundError } from '@temporalio/client';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import type { FsadminStart } from '../../src/domain/fsadmin';
import { fsadminStart } from '../../src/workflow-clients/fsadmin';
import { startPod } from '../../src/workflows/fsadmin/messages';
import type { ControllerProcess } from '../../stack/controller';
import { startStack } from '../../stack/start';
import { eventually } from '../support/eventually';
import { formFor, type TestUser, type World, worldOn } from '../support/world';

/** A token with the scope of administrators. */
const ADMINISTRATOR = 'gt-operator.fake';

const BEHAVIOUR = 'stack.nublado.lsst.io/behaviour';

/** Volumes of labs: one that is read-only by itself, one by its mount, and a claim. */
const LAB = {
  volumes: [
    { name: 'home', source: { type: 'emptyDir', size: '1Gi', medium: 'disk' } },
    {
      name: 'project',
      source: { type: 'nfs', server: 'nfs.example', serverPath: '/project', readOnly: true },
    },
    { name: 'data', source: { type: 'hostPath', path: '/srv/data' } },
    {
      name: 'models',
      source: {
        type: 'persistentVolumeClaim',
        accessModes: ['ReadOnlyMany'],
        storageClassName: 'models',
        resources: { requests: { storage: '1Gi' } },
        readOnly: true,
      },
    },
  ],
  volumeMounts: [
    { containerPath: '/home', volumeName: 'home' },
    { containerPath: '/project', volumeName: 'project', readOnly: true },
    { containerPath: '/data', volumeName: 'data', readOnly: true },
    { containerPath: '/models', volumeName: 'models', readOnly: true },
  ],
};

/** Pods take three seconds to start, and one to end. */
const FSADMIN = { timeout: '60s', mountPrefix: '/user-data', extraAnnotations: { [BEHAVIOUR]: 'slow' } };

/** As many claims as all tests make together: a volume whose claim has gone is not bound again. */
const MODELS = 40;

let world: World;
let worker: ControllerProcess;

beforeAll(async () => {
  const stack = await startStack({ name: `fsadmin-${randomBytes(4).toString('hex')}` });
  const config = parse(readFileSync(join(__dirname, '../data/e2e/config.yaml'), 'utf8'));
  const configFile = join(stack.directory, 'config.yaml');
  writeFileSync(configFile, stringify({ ...config, lab: { ...config.lab, ...LAB }, fsadmin: FSADMIN }));
  world = await worldOn(stack, { configFile });
  await Promise.all(Array.from({ length: MODELS }, (_, index) => provideModels(`models-${index}`)));
  [worker] = await Promise.all([world.start('worker'), world.start('api'), world.start('watcher')]);
});

afterAll(() => world.stop());

/** Makes a volume that a claim can be bound to; a pod is not scheduled before its claims are bound. */
async function provideModels(name: string): Promise<void> {
  const spec = {
    accessModes: ['ReadOnlyMany'],
    capacity: { storage: '1Gi' },
    storageClassName: 'models',
    nfs: { server: 'nfs.example', path: '/models' },
  };
  const object = { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name }, spec };
  await world.cluster.apply(`/api/v1/persistentvolumes/${name}`, object);
}

afterEach(async () => {
  await ask('DELETE');
});

const mountsSchema = z.array(z.object({ name: z.string(), readOnly: z.boolean().default(false) }));
const volumesSchema = z.array(z.looseObject({ name: z.string() }));
const podSchema = z.object({
  metadata: z.object({ name: z.string(), uid: z.string(), deletionTimestamp: z.string().optional() }),
  spec: z.object({
    containers: z.array(z.looseObject({ volumeMounts: mountsSchema })).min(1),
    volumes: volumesSchema,
  }),
  status: z.object({ phase: z.string(), startTime: z.string().optional() }),
});
type Pod = z.infer<typeof podSchema>;
const listSchema = z.object({ items: z.array(z.unknown()) });

const inNamespace = (collection: string) =>
  `/api/v1/namespaces/${world.stack.kubernetes.controllerNamespace}/${collection}`;
const POD = () => inNamespace('pods/fsadmin');
const SELECTOR = `?labelSelector=${encodeURIComponent('nublado.lsst.io/category=fsadmin')}`;

/** All objects that the controller's namespace has of file system administration. */
async function objects(collection: 'pods' | 'persistentvolumeclaims'): Promise<readonly unknown[]> {
  return listSchema.parse((await world.cluster.send('GET', `${inNamespace(collection)}${SELECTOR}`)).body)
    .items;
}

async function readPod(path = POD()): Promise<Pod | null> {
  return podSchema.safeParse((await world.cluster.send('GET', path)).body).data ?? null;
}

async function ask(method: 'GET' | 'POST' | 'DELETE'): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`${world.stack.identity.proxyUrl}/nublado/fsadmin/v1/service`, {
    method,
    headers: { authorization: `Bearer ${ADMINISTRATOR}`, 'content-type': 'application/json' },
    ...(method === 'POST' ? { body: JSON.stringify({ start: true }) } : {}),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? null : JSON.parse(text) };
}

/** Tells the kubelet how the pod is to go on. */
async function behave(behaviour: string): Promise<void> {
  const patch = { metadata: { annotations: { [BEHAVIOUR]: behaviour } } };
  await world.cluster.send('PATCH', POD(), patch, 'application/merge-patch+json');
}

const handle = () => world.temporal.workflow.getHandle('fsadmin');

async function untilClosed(): Promise<void> {
  await eventually(
    () => handle().describe(),
    ({ status }) => status.name === 'COMPLETED',
  );
}

/** The mounts of a lab's own container that are read-only, and its volumes that are. */
async function readOnlyIn({ username }: TestUser) {
  const pod = await readPod(`/api/v1/namespaces/lab-${username}/pods/${username}-nb`);
  const mounts = pod?.spec.containers[0]?.volumeMounts ?? [];
  return {
    mounts: mounts.flatMap(({ name, readOnly }) => (readOnly ? [name] : [])).toSorted(),
    volumes: readOnlyVolumes(pod),
  };
}

function readOnlyVolumes(pod: Pod | null): string[] {
  const isReadOnly = (volume: object) =>
    Object.values(volume).some(
      (source) =>
        typeof source === 'object' && source !== null && 'readOnly' in source && source.readOnly === true,
    );
  return (pod?.spec.volumes ?? []).flatMap((volume) => (isReadOnly(volume) ? [volume.name] : []));
}

async function aRunningLab(): Promise<TestUser> {
  const user = await world.aUser();
  await world.hub.start(user.username, user.token, { options: formFor('fast') });
  return user;
}

test('all volumes are mounted writable in the pod, and nowhere else: not in a lab that is spawned afterwards', async () => {
  const before = await aRunningLab();
  const started = await ask('POST');
  const pod = await readPod();

  expect(started).toEqual({ status: 200, body: { start_time: pod?.status.startTime } });
  const mounts = pod?.spec.containers[0]?.volumeMounts ?? [];
  expect(mounts.map(({ name, readOnly }) => [name, readOnly])).toEqual(
    ['home', 'project', 'data', 'models'].map((name) => [name, false]),
  );
  expect(readOnlyVolumes(pod)).toEqual([]);
  expect(pod?.spec.containers[0]).toMatchObject({
    securityContext: { privileged: true, runAsUser: 0, runAsGroup: 0 },
  });
  expect(await objects('persistentvolumeclaims')).toHaveLength(1);

  const after = await aRunningLab();
  const expected = await readOnlyIn(before);
  expect(expected.mounts).toEqual(expect.arrayContaining(['data', 'models', 'project']));
  expect(expected.volumes).toEqual(expect.arrayContaining(['models', 'project']));
  expect(await readOnlyIn(after)).toEqual(expected);
});

test('a pod that runs is found, left as it is by another start, and removed with its claims', async () => {
  expect(await ask('GET')).toMatchObject({
    status: 404,
    body: { detail: [{ type: 'not_found', msg: `${world.stack.kubernetes.controllerNamespace}/fsadmin` }] },
  });
  const { body } = await ask('POST');
  const pod = await readPod();

  expect(await ask('GET')).toEqual({ status: 200, body });
  expect(await ask('POST')).toEqual({ status: 200, body });
  expect((await readPod())?.metadata.uid).toBe(pod?.metadata.uid);
  expect(await ask('DELETE')).toEqual({ status: 204, body: null });
  expect(await objects('pods')).toEqual([]);
  expect(await objects('persistentvolumeclaims')).toEqual([]);
  expect((await ask('DELETE')).status).toBe(204);
  await untilClosed();
});

test('a pod that has finished is told by its phase, and replaced with its claims', async () => {
  await ask('POST');
  const first = await readPod();
  await behave('exit-0');
  await eventually(readPod, (pod) => pod?.status.phase === 'Succeeded');

  expect(await ask('GET')).toMatchObject({
    status: 404,
    body: { detail: [{ type: 'invalid_phase', msg: 'Succeeded' }] },
  });
  expect((await ask('POST')).status).toBe(200);
  const second = await readPod();
  expect(second?.metadata.uid).not.toBe(first?.metadata.uid);
  expect(second?.status.phase).toBe('Running');
  expect(await objects('persistentvolumeclaims')).toHaveLength(1);
});

test('a start and a removal at once take turns', async () => {
  const answers = await Promise.all([ask('POST'), ask('POST'), ask('GET')]);
  const [first, second] = answers;
  expect(first?.status).toBe(200);
  expect(second).toEqual(first);

  const [removal, start] = await Promise.all([ask('DELETE'), ask('POST')]);
  expect([removal.status, start.status]).toEqual([204, 200]);
  const isThere = (await objects('pods')).length === 1;
  expect((await ask('GET')).status).toBe(isThere ? 200 : 404);
});

test.each(['start', 'removal'] as const)(
  'a worker that is killed in the middle of a %s is replaced, and it goes on',
  async (operation) => {
    if (operation === 'removal') {
      await ask('POST');
      await behave('stuck-terminating');
    }
    const asked = ask(operation === 'start' ? 'POST' : 'DELETE');
    const isUnderWay = (pod: Pod | null) =>
      operation === 'start' ? pod !== null : pod?.metadata.deletionTimestamp !== undefined;
    const pod = await eventually(readPod, isUnderWay);
    await worker.kill('SIGKILL');
    if (operation === 'removal') await behave('fast');
    worker = await world.start('worker');

    const { status } = await asked;
    const left = (await readPod())?.metadata.uid;
    expect([status, left]).toEqual(operation === 'start' ? [200, pod?.metadata.uid] : [204, undefined]);
  },
);

test('a pod that runs is found again after Temporal has lost its data', async () => {
  const { body } = await ask('POST');
  const { namespace } = world.stack.temporal;
  await world.temporal.workflowService.deleteWorkflowExecution({
    namespace,
    workflowExecution: { workflowId: 'fsadmin' },
  });
  await eventually(
    () =>
      handle()
        .describe()
        .then(
          () => false,
          (error: unknown) => error instanceof WorkflowNotFoundError,
        ),
    (isLost) => isLost,
  );

  expect(await ask('GET')).toEqual({ status: 200, body });
  expect((await handle().describe()).status.name).toBe('RUNNING');
});

test('an operator removes the pod by a signal, without grace, and the workflow ends', async () => {
  await ask('POST');
  await behave('stuck-terminating');
  await handle().signal('forceShutdown', { reason: 'the pod is not needed' });
  await untilClosed();

  expect(await objects('pods')).toEqual([]);
  expect(await objects('persistentvolumeclaims')).toEqual([]);
});

test('a request for the pod that is made by hand makes none', async () => {
  await ask('POST');
  const { events } = await handle().fetchHistory();
  const accepted = events?.find(
    ({ workflowExecutionUpdateAcceptedEventAttributes: update }) =>
      update?.acceptedRequest?.input?.name === 'startPod',
  );
  const [payload] =
    accepted?.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.args?.payloads ?? [];
  const seen = JSON.parse(Buffer.from(payload?.data ?? []).toString()) as FsadminStart;
  await ask('DELETE');
  await untilClosed();

  await world.temporal.workflow.start('fsadmin', fsadminStart(seen.timeouts));
  const forged = { ...seen, operationId: 'forged' };
  const refused = handle().executeUpdate(startPod, { args: [forged] });
  await expect(refused).rejects.toMatchObject({ cause: { type: 'permission_denied' } });
  expect(await objects('pods')).toEqual([]);
});
