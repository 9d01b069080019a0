import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { LabRecord } from '../../src/domain/lab';
import { startStack } from '../../stack/start';
import { eventually } from '../support/eventually';
import { formFor, labNamespaces, type TestUser, type World, worldOn } from '../support/world';

/** Pods whose containers end, fail and are started again as kubelets report it, beside those of a service mesh. */

let world: World;

beforeAll(async () => {
  const stack = await startStack({ name: `e2e-${randomBytes(4).toString('hex')}` });
  world = await worldOn(stack, { configFile: join(__dirname, '../data/e2e/failures.yaml') }, ['serve']);
});

afterAll(() => world.stop());

const container = (name: string, state: object, fields: object = {}) => ({
  name,
  image: 'i',
  imageID: 'i',
  ready: 'running' in state,
  restartCount: 0,
  state,
  ...fields,
});

const RUNNING = { running: { startedAt: '2077-10-23T09:00:00Z' } };
const terminated = (exitCode: number, reason: string, message?: string) => ({
  terminated: { exitCode, reason, message, finishedAt: '2077-10-23T10:00:00Z' },
});
const PROXY = container('mesh-proxy', RUNNING);
const RUNS = {
  phase: 'Running',
  podIP: '10.9.9.9',
  podIPs: [{ ip: '10.9.9.9' }],
  containerStatuses: [container('notebook', RUNNING), PROXY],
};
const FIRST_TRY_FAILED = {
  phase: 'Pending',
  initContainerStatuses: [container('mesh-init', terminated(4, 'Error', 'no route to the mesh'))],
  containerStatuses: [container('notebook', { waiting: { reason: 'PodInitializing' } })],
};

const notebookBecomes = (state: object, fields: object = {}) => ({
  containerStatuses: [container('notebook', state, fields), PROXY],
});

/** Reports a status of the lab's pod, as soon as there is one. */
async function report({ username }: TestUser, status: object): Promise<void> {
  const path = `/api/v1/namespaces/lab-${username}/pods/${username}-nb/status`;
  const type = 'application/strategic-merge-patch+json';
  await eventually(
    () => world.cluster.send('PATCH', path, { status }, type),
    (answer) => answer.status === 200,
  );
}

/** The lab's record once it has a status. */
async function recorded({ username }: TestUser, status: LabRecord['status']): Promise<LabRecord | undefined> {
  const handle = world.temporal.workflow.getHandle(`lab-${username}`);
  return eventually(
    async () => (await handle.describe()).memo?.['lab'] as LabRecord | undefined,
    (lab) => lab?.status === status,
  );
}

/** What operators read on the workflow's page, once it names something. */
function shown({ username }: TestUser, words: string): Promise<string> {
  const handle = world.temporal.workflow.getHandle(`lab-${username}`);
  return eventually(
    async () =>
      (await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata')).currentDetails,
    (details) => details.includes(words),
  );
}

/** Asks for a lab whose pod stays as it is made until a test reports something. */
async function create(user: TestUser): Promise<number> {
  const { username, token } = user;
  return (await world.hub.create(username, token, { options: formFor('untouched') })).status;
}

async function aRunningLab(): Promise<TestUser> {
  const user = await world.aUser();
  expect(await create(user)).toBe(201);
  await report(user, RUNS);
  await recorded(user, 'running');
  return user;
}

async function followed({ username, token }: TestUser): Promise<{ event: string; message: string }[]> {
  const events: { event: string; message: string }[] = [];
  await world.hub
    .follow(username, token, ({ event, message }) => events.push({ event, message }))
    .catch(String);
  return events;
}

test('a lab that exits beside a sidecar is terminated at once, and goes with its namespace', async () => {
  const user = await aRunningLab();
  await report(user, notebookBecomes(terminated(0, 'Completed')));

  expect(await recorded(user, 'terminated')).toMatchObject({ failure: null, end: { outcome: 'exited' } });
  await eventually(
    () => labNamespaces(world, user.username),
    (names) => names.length === 0,
  );
});

test('a lab that has exited beside a sidecar can be started again at once', async () => {
  const user = await aRunningLab();
  await report(user, notebookBecomes(terminated(0, 'Completed')));
  await recorded(user, 'terminated');

  expect(await create(user)).toBe(201);
});

test('a lab runs whose init container succeeds with its second attempt', async () => {
  const user = await world.aUser();
  expect(await create(user)).toBe(201);
  await report(user, FIRST_TRY_FAILED);
  expect(await shown(user, 'mesh-init')).toContain('exit code 4 (Error): no route to the mesh');
  await report(user, RUNS);

  expect(await followed(user)).toContainEqual({
    event: 'complete',
    message: `Lab Kubernetes pod started for ${user.username}`,
  });
  expect((await world.hub.read(user.username)).status).toBe('running');
});

test('a lab whose init container goes on failing fails with its message when patience is over', async () => {
  const user = await world.aUser();
  expect(await create(user)).toBe(201);
  await report(user, FIRST_TRY_FAILED);

  expect((await followed(user)).slice(-2)).toEqual([
    {
      event: 'error',
      message: expect.stringMatching(
        /mesh-init, .* failed with exit code 4 \(Error\): no route to the mesh\./,
      ),
    },
    { event: 'failed', message: 'Lab spawn failed' },
  ]);
});

test('a lab starts and runs on whatever the containers beside it do', async () => {
  const user = await world.aUser();
  const broken = container('mesh-proxy', { waiting: { reason: 'ErrImagePull', message: 'no such tag' } });
  expect(await create(user)).toBe(201);
  await report(user, {
    ...RUNS,
    phase: 'Pending',
    containerStatuses: [container('notebook', RUNNING), broken],
  });
  await recorded(user, 'running');
  const crashed = container('mesh-proxy', terminated(1, 'Error'));
  await report(user, { phase: 'Running', containerStatuses: [container('notebook', RUNNING), crashed] });

  expect(await world.hub.poll(user.username)).toBeNull();
  expect((await world.hub.read(user.username)).status).toBe('running');
});

test('a lab that is killed again and again has ended when patience is over, with the container’s own words', async () => {
  const user = await aRunningLab();
  const killed = terminated(137, 'OOMKilled', 'ran out of memory');
  await report(user, notebookBecomes(killed));
  const backOff = { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s' } };
  await report(user, notebookBecomes(backOff, { restartCount: 1, lastState: killed }));
  expect(await shown(user, 'once')).toContain('(OOMKilled): ran out of memory.');

  expect((await recorded(user, 'terminated'))?.failure).toEqual({
    reason: 'OutOfMemory',
    message: expect.stringContaining('(OOMKilled): ran out of memory. Choose a larger size.'),
  });
});
