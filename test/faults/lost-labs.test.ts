import type { PodNews } from '../../src/domain/pod-change';
import { podNews } from '../../src/workflows/lab/messages';
import { settle } from '../support/checker';
import { eventually } from '../support/eventually';
import {
  accept,
  aFaultyWorld,
  aRunningLab,
  behave,
  type FaultyWorld,
  namespacePath,
  patch,
  podPath,
  untilObject,
  untilStatus,
  Viewer,
} from '../support/faults';
import type { TestUser } from '../support/world';

let world: FaultyWorld;

beforeAll(async () => {
  // Deletions are given up soon, so that tests need not wait.
  world = await aFaultyWorld({ nodes: 2, lab: { deleteTimeout: '8s', reconcileInterval: '1h' } });
  await Promise.all((['api', 'worker', 'watcher'] as const).map((command) => world.start(command)));
});

afterAll(() => world.stop());

const force = ({ username }: TestUser) =>
  world.temporal.workflow.getHandle(`lab-${username}`).signal('forceShutdown', {});

const remove = (path: string, graceSeconds?: number) =>
  world.cluster.send('DELETE', path, { gracePeriodSeconds: graceSeconds });

const isBeingDeleted = ({ body }: { body: unknown }) => JSON.stringify(body).includes('"deletionTimestamp"');

async function reasonOf({ username }: TestUser): Promise<unknown> {
  const description = await world.temporal.workflow.getHandle(`lab-${username}`).describe();
  return description.searchAttributes['LabReason']?.[0];
}

describe('a lab whose pod does not end', () => {
  test('a lab whose pod does not end fails its deletion in time, stays readable, and goes by force', async () => {
    const user = await aRunningLab(world, 'stuck-terminating');

    await expect(world.hub.stop(user.username)).rejects.toMatchObject({ status: 500 });

    expect((await world.hub.read(user.username)).failure?.reason).toBe('DeleteTimeout');
    await force(user);
    await expect(settle(world, { [user.username]: 'gone' })).resolves.toBeUndefined();
  });

  test('a lab whose pod does not end is gone for the caller who waits for its deletion as soon as an operator forces it', async () => {
    const user = await aRunningLab(world, 'stuck-terminating');

    const deletion = world.hub.stop(user.username);
    await untilObject(world, podPath(user), isBeingDeleted);
    await force(user);

    await expect(deletion).resolves.toBeUndefined();
    await expect(settle(world, { [user.username]: 'gone' })).resolves.toBeUndefined();
  });
});

test('a namespace that is stuck on a finalizer holds up no answer, is marked, and goes once it can', async () => {
  const user = await aRunningLab(world);
  await patch(world, namespacePath(user), { metadata: { finalizers: ['example.com/hold'] } });

  await world.hub.stop(user.username);

  expect(await world.hub.poll(user.username)).toBe(0);
  await eventually(
    () => reasonOf(user),
    (reason) => reason === 'NamespaceStuck',
  );
  await patch(world, namespacePath(user), { metadata: { finalizers: null } });
  await expect(settle(world, { [user.username]: 'gone' })).resolves.toBeUndefined();
});

test.each<[string, (user: TestUser) => Promise<unknown>]>([
  ['its pod was deleted with no grace', (user) => remove(podPath(user), 0)],
  ['its pod was deleted', (user) => remove(podPath(user))],
  ['its namespace was deleted', (user) => remove(namespacePath(user))],
])('a lab is not reported as running after %s by others, and can be replaced', async (_what, lose) => {
  const user = await aRunningLab(world);

  await lose(user);

  await eventually(
    () => world.hub.poll(user.username),
    (exit) => exit !== null,
  );
  await accept(world, user);
  await new Viewer(world, user).watchToTheEnd();
  await expect(settle(world, { [user.username]: 'running' })).resolves.toBeUndefined();
});

test('a namespace of a starting lab that others delete fails the spawn, and the stream has the reason', async () => {
  const user = await world.aUser();
  const viewer = new Viewer(world, user);
  await accept(world, user, 'waits');
  await untilObject(world, podPath(user), ({ status }) => status === 200);

  await remove(namespacePath(user));
  await viewer.watchToTheEnd();

  expect(viewer.seen.at(-1)).toMatchObject({ event: 'failed' });
  await expect(settle(world, { [user.username]: 'failed' })).resolves.toBeUndefined();
});

test.each([
  ['evicted', 'PodEvicted'],
  ['oom-killed', 'OutOfMemory'],
  ['exit-1', 'PodFailed'],
])('a lab that was %s ends with the reason, and is removed', async (how, reason) => {
  const user = await aRunningLab(world);

  await behave(world, user, how);

  await untilStatus(world, user, 'terminated');
  expect(await reasonOf(user)).toBe(reason);
  await expect(settle(world, { [user.username]: 'gone' })).resolves.toBeUndefined();
});

test('a lab whose node is lost is not reported as running', async () => {
  const user = await aRunningLab(world);
  const { body } = await world.cluster.send('GET', podPath(user));
  const node = (body as { spec: { nodeName: string } }).spec.nodeName;
  const taints = [{ key: 'node.cloudprovider.kubernetes.io/shutdown', effect: 'NoExecute' }];

  await patch(world, `/api/v1/nodes/${node}`, { spec: { taints } });

  const exit = await eventually(
    () => world.hub.poll(user.username),
    (status) => status !== null,
  );
  expect(exit).not.toBeNull();
  await patch(world, `/api/v1/nodes/${node}`, { spec: { taints: null } });
});

test('repeated, late and foreign pod updates change nothing', async () => {
  const user = await aRunningLab(world);
  const handle = world.temporal.workflow.getHandle(`lab-${user.username}`);
  const history = await handle.fetchHistory();
  const signals = (history.events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) =>
    signal?.signalName === 'podNews'
      ? [JSON.parse(Buffer.from(signal.input?.payloads?.[0]?.data ?? []).toString('utf8')) as PodNews]
      : [],
  );
  expect(signals.length).toBeGreaterThan(0);

  for (const signal of [...signals, ...signals.toReversed()]) await handle.signal(podNews, signal);
  const known = signals.flatMap(({ changes }) => changes).find(({ pod }) => pod !== null)?.pod;
  if (!known) throw new Error('the watcher told nothing');
  const foreign = { ...known, uid: 'of-another-pod', spawnId: 'of-another-spawn', phase: 'Failed' } as const;
  const stale = { ...known, phase: 'Failed', resourceVersion: '1' } as const;
  const changes = [{ pod: null, uid: 'of-another-pod' }, { pod: foreign }, { pod: stale }];
  await handle.signal(podNews, { changes, events: [] });

  const { username, token } = user;
  const answer = await world.hub.create(username, token, {
    options: { image_tag: ['behaviour-fast'], size: ['small'] },
  });
  expect(answer.status).toBe(409);
  await expect(settle(world, { [username]: 'running' })).resolves.toBeUndefined();
});
