import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import type { KubernetesObject } from '@kubernetes/client-node';
import { fileServerWorkflowId } from '../../src/domain/file-server-key';
import type { FileServerReconciliation } from '../../src/domain/file-server-reconciliation';
import { collectionPath, objectPath } from '../../src/kubernetes/paths';
import { createFileServers, type FileServers } from '../../src/workflow-clients/file-server';
import { SCHEDULES } from '../../src/workflow-clients/schedules';
import { type OwnStack, startStack } from '../../stack/start';
import { aReferenceFileServer } from '../objects/reference-file-server';
import { eventually } from '../support/eventually';
import { createObject } from '../support/foreign-lab';
import { type TestUser, type World, worldOn } from '../support/world';

/** Reconciliation acts at once, and but for the starts of workers only when a test lets it. */
const CONFIG_FILE = join(__dirname, '../data/reconcile/file-servers.yaml');

let stack: OwnStack;
let world: World;
let fileServers: FileServers;
/** Of the reference controller, and its pod: made before the first process starts. */
let foreign: TestUser;
let foreignPod: string;
/** What answers in the pods, by address; addresses of pods that are gone are used again. */
const programs = new Map<string, Server>();

beforeAll(async () => {
  stack = await startStack({ name: `file-servers-${randomBytes(4).toString('hex')}`, ingress: true });
  world = await worldOn(stack, { configFile: CONFIG_FILE });
  fileServers = createFileServers(world.temporal);
  foreign = await aUser();
  foreignPod = await aReference(foreign);
  await world.start('worker');
});

afterAll(async () => {
  for (const program of programs.values()) program.close().closeAllConnections();
  await world.stop();
});

const namespace = () => stack.kubernetes.fileServerNamespaces.gafaelfawr;

const referenceOf = ({ username }: TestUser) => aReferenceFileServer(username, { namespace: namespace() });

/** A user with a token for files. */
const aUser = () => world.aUser({ scopes: ['write:files'] });

const create = (manifest: KubernetesObject) => createObject(world, collectionPath(manifest), manifest);

/** A claim of a volume that has left the configuration. */
function aClaim(user: TestUser, labels: Readonly<Record<string, string>> = {}): KubernetesObject {
  const { metadata } = referenceOf(user).job;
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
  const named = { ...metadata, name: `${metadata.name}-pvc-old`, labels: { ...metadata.labels, ...labels } };
  const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: named, spec };
  return claim;
}

/** The Ingress that Gafaelfawr makes. */
const ingressPath = ({ username }: TestUser) =>
  `/apis/networking.k8s.io/v1/namespaces/${namespace()}/ingresses/${username}-fs`;

async function podOf({ username }: TestUser) {
  const selector = encodeURIComponent(`nublado.lsst.io/user=${username}`);
  const path = `/api/v1/namespaces/${namespace()}/pods?labelSelector=${selector}`;
  const { body } = await world.cluster.send('GET', path);
  const { items } = body as {
    items: { metadata: { uid: string }; status: { phase?: string; podIP?: string } }[];
  };
  return items[0];
}

const open = ({ token, username }: TestUser) =>
  fetch(`${stack.identity.proxyUrl}/files/${username}/a`, { headers: { authorization: `Bearer ${token}` } });

/** A file server as the reference controller makes it, once its user's requests reach its pod. */
async function aReference(user: TestUser): Promise<string> {
  const { ingress, job, service } = referenceOf(user);
  for (const manifest of [ingress, service, job]) await create(manifest);
  const pod = await eventually(
    () => podOf(user),
    (seen) => seen?.status.phase === 'Running',
  );
  await answerAt(pod?.status.podIP ?? '');
  await untilServed(user);
  return pod?.metadata.uid ?? '';
}

/** Lets a pod answer with the path of each request. */
async function answerAt(address: string): Promise<void> {
  if (programs.has(address)) return;
  const program = createServer(({ url }, response) => response.end(url));
  programs.set(address, program);
  program.listen(8000, address);
  await once(program, 'listening');
}

const untilServed = (user: TestUser) =>
  eventually(
    () => open(user),
    ({ status }) => status === 200,
  );

/** Lets one pass run and gives what it did. */
function pass(): Promise<FileServerReconciliation> {
  return world.temporal.workflow.execute<() => Promise<FileServerReconciliation>>('reconcileFileServers', {
    workflowId: `reconcile-${randomBytes(4).toString('hex')}`,
    taskQueue: 'controller',
  });
}

/** Lets passes run until one has done what is waited for: Temporal's lists lag some seconds behind. */
const passUntil = (isDone: (done: FileServerReconciliation) => boolean) => eventually(pass, isDone);

const untilPhase = ({ username }: TestUser, phase: string) =>
  eventually(
    () => fileServers.find(username),
    (found) => found?.phase === phase,
  );

/** Waits for the read by which the workflow of an adopted file server begins; the next one is due in an hour. */
const untilChecked = async ({ username }: TestUser) => {
  const handle = world.temporal.workflow.getHandle(fileServerWorkflowId(username));
  await eventually(
    () => handle.fetchHistory(),
    ({ events }) => (events ?? []).some(({ activityTaskCompletedEventAttributes: done }) => done),
  );
};

const exists = async (path: string): Promise<boolean> =>
  (await world.cluster.send('GET', path)).status === 200;

/** Which of the objects of a user's file server are there. */
async function remaining(user: TestUser): Promise<string[]> {
  const { ingress, job, service } = referenceOf(user);
  const paths = [...[ingress, service, job].map(objectPath), ingressPath(user)];
  const there = await Promise.all(paths.map(exists));
  return paths.filter((_path, index) => there[index]);
}

const untilGone = (user: TestUser) =>
  eventually(
    () => remaining(user),
    ({ length }) => length === 0,
  );

test('a file server that another controller has left is adopted by the first worker, runs on, and can be deleted', async () => {
  await untilPhase(foreign, 'running');
  await eventually(
    () => fileServers.running(),
    (users) => users.includes(foreign.username),
  );

  expect((await podOf(foreign))?.metadata.uid).toBe(foreignPod);
  expect(await (await open(foreign)).text()).toBe(`/files/${foreign.username}/a`);
  expect((await fileServers.find(foreign.username))?.record).toMatchObject({
    phase: 'running',
    isAdopted: true,
    operationId: null,
    startedAt: expect.stringMatching(/^20/),
  });
  expect(await fileServers.delete(foreign.username, 'admin')).toBe('deleted');
  expect(await remaining(foreign)).toEqual([]);
  expect(await fileServers.running()).not.toContain(foreign.username);
});

test('a worker that starts schedules the passes at the configured interval', async () => {
  const handle = world.temporal.schedule.getHandle(SCHEDULES.reconcileFileServers.scheduleId);
  const { spec } = await handle.describe();

  expect(spec.intervals).toEqual([expect.objectContaining({ every: 3_600_000 })]);
});

test('a file server whose workflow was terminated is adopted as it was', async () => {
  const user = await aUser();
  const uid = await aReference(user);
  await passUntil(({ adopted }) => adopted.includes(user.username));
  await untilPhase(user, 'running');
  await world.temporal.workflow.getHandle(`fileserver-${user.username}`).terminate();

  await passUntil(({ adopted }) => adopted.includes(user.username));
  await untilPhase(user, 'running');

  expect((await podOf(user))?.metadata.uid).toBe(uid);
  expect((await open(user)).status).toBe(200);
  expect(await fileServers.delete(user.username, null)).toBe('deleted');
});

test('what is left of file servers is removed, and what is of no file server stays', async () => {
  const [orphan, finished, victim, stranger] = await Promise.all([aUser(), aUser(), aUser(), aUser()]);
  const left = referenceOf(orphan);
  const claimed = await aUser();
  const claims = [aClaim(orphan), aClaim(claimed, { 'nublado.lsst.io/spawn-id': 'op-1' })];
  for (const manifest of [left.ingress, left.service, ...claims]) await create(manifest);
  const ended = aReferenceFileServer(finished.username, {
    namespace: namespace(),
    podAnnotations: { 'stack.nublado.lsst.io/behaviour': 'exit-0' },
  });
  for (const manifest of [ended.ingress, ended.service, ended.job]) await create(manifest);
  const forged = referenceOf(stranger).job;
  await create({
    ...forged,
    metadata: { ...forged.metadata, labels: referenceOf(victim).job.metadata.labels },
  });
  await eventually(
    () => Promise.all([orphan, finished].map((user) => exists(ingressPath(user)))),
    (all) => all.every(Boolean),
  );

  const { adopted, removed } = await passUntil((done) => done.removed.includes(orphan.username));
  await untilGone(orphan);
  expect(removed).toContain(claimed.username);
  await eventually(
    () => Promise.all(claims.map((claim) => exists(objectPath(claim)))),
    (there) => !there.some(Boolean),
  );
  await eventually(
    async () => {
      await pass();
      return remaining(finished);
    },
    ({ length }) => length === 0,
  );

  const { reported } = await pass();
  expect(adopted).not.toContain(victim.username);
  const problem = `by its labels its name should be ${victim.username}-fs`;
  expect(reported).toEqual([{ object: `Job ${stranger.username}-fs`, problem }]);
  expect(await exists(objectPath(forged))).toBe(true);
  await world.cluster.send('DELETE', objectPath(forged), { propagationPolicy: 'Background' });
});

test('a file server whose objects were deleted while no watcher ran ends with the next pass', async () => {
  const user = await aUser();
  await aReference(user);
  await passUntil(({ adopted }) => adopted.includes(user.username));
  await untilChecked(user);
  const { ingress, job, service } = referenceOf(user);
  for (const manifest of [ingress, service, job]) {
    await world.cluster.send('DELETE', objectPath(manifest), { propagationPolicy: 'Foreground' });
  }
  await untilGone(user);
  expect((await fileServers.find(user.username))?.phase).toBe('running');

  await passUntil(({ told }) => told.includes(user.username));

  const found = await eventually(
    () => fileServers.find(user.username),
    (seen) => seen?.phase !== 'running' && seen?.phase !== 'stopping',
  );
  expect(found?.record?.end).toMatchObject({ outcome: 'lost' });
  expect(await fileServers.running()).not.toContain(user.username);
});

test('when Temporal loses its data under running processes, file servers run on and are known again', async () => {
  const user = await aUser();
  const uid = await aReference(user);
  await passUntil(({ adopted }) => adopted.includes(user.username));
  await untilPhase(user, 'running');

  await stack.kill('temporal');
  await stack.revive('temporal');
  await eventually(
    () => fileServers.find(user.username).catch(() => undefined),
    (found) => found?.phase === 'running',
  );

  expect((await podOf(user))?.metadata.uid).toBe(uid);
  expect((await open(user)).status).toBe(200);
  await eventually(
    () => fileServers.running(),
    (users) => users.includes(user.username),
  );
  expect(await fileServers.delete(user.username, null)).toBe('deleted');
});
