import { randomBytes } from 'node:crypto';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LabRecord } from '../../src/domain/lab';
import { BEHAVIOUR_ANNOTATION } from '../../stack/kubelet/behaviours';
import { startStack } from '../../stack/start';
import { eventually } from '../support/eventually';
import { aSmallHome, CAN_MOUNT, type SmallHome } from '../support/small-home';
import { formFor, type World, worldOn } from '../support/world';

/** `lab.spawnTimeout` of the configuration. */
const SPAWN_TIMEOUT_MS = 180_000;

let world: World;

beforeAll(async () => {
  const stack = await startStack({ name: `e2e-${randomBytes(4).toString('hex')}`, labs: true });
  world = await worldOn(stack, { configFile: join(__dirname, '../data/e2e/failures.yaml') }, ['serve']);
});

afterAll(() => world.stop());

interface Told {
  readonly events: readonly { readonly event: string; readonly message: string }[];
  readonly elapsedMs: number;
}

/** Spawns a lab and follows it to its failure. */
async function spawnFailing(
  user: { username: string; token: string },
  options: Record<string, string[]>,
  meanwhile: () => Promise<void> = async () => undefined,
): Promise<Told> {
  const { username, token } = user;
  const events: { event: string; message: string }[] = [];
  const beganMs = performance.now();
  const answer = await world.hub.create(username, token, { options });
  expect(answer.status).toBe(201);
  await meanwhile();
  await world.hub
    .follow(username, token, ({ event, message }) => events.push({ event, message }))
    .catch(String);
  return { events, elapsedMs: performance.now() - beganMs };
}

const podPath = (username: string) => `/api/v1/namespaces/lab-${username}/pods/${username}-nb`;

/** Changes the lab's pod as soon as there is one, as a kubelet or a controller of Kubernetes would. */
async function changePod(username: string, change: object, subresource = ''): Promise<void> {
  const type = 'application/strategic-merge-patch+json';
  await eventually(
    () => world.cluster.send('PATCH', `${podPath(username)}${subresource}`, change, type),
    ({ status }) => status === 200,
  );
}

const notebook = (terminated: object) => ({
  containerStatuses: [
    { name: 'notebook', image: 'i', imageID: '', ready: false, restartCount: 0, state: { terminated } },
  ],
});

/** The failure as the API and Temporal's search show it, once both do. */
async function recorded(
  username: string,
): Promise<{ status: string | null; reason: string; message: string }> {
  const handle = world.temporal.workflow.getHandle(`lab-${username}`);
  return eventually(
    async () => {
      const { memo, searchAttributes } = await handle.describe();
      const lab = memo?.['lab'] as LabRecord | undefined;
      const reason = String(searchAttributes['LabReason']?.[0] ?? '');
      return { status: lab?.status ?? null, reason, message: lab?.failure?.message ?? '' };
    },
    ({ reason }) => reason !== '',
  );
}

/**
 * Expects a spawn to have been told so, long before its time was up. Where the environment variable `FAILURE_TIMES`
 * names a file, adds a line of reason and seconds to it, for the table in the operations guide.
 */
async function expectFailure({ events, elapsedMs }: Told, reason: string, words: string): Promise<void> {
  const file = process.env['FAILURE_TIMES'];
  if (file) await appendFile(file, `${reason}\t${(elapsedMs / 1000).toFixed(1)}\n`);
  expect(events.slice(-2)).toEqual([
    { event: 'error', message: expect.stringContaining(words) },
    { event: 'failed', message: 'Lab spawn failed' },
  ]);
  expect(elapsedMs).toBeLessThan(SPAWN_TIMEOUT_MS / 2);
}

test.each([
  ['image-pull-failure', 'ImagePullFailed', 'could not be pulled: '],
  ['invalid-image', 'InvalidImage', 'invalid reference format'],
  ['config-error', 'ContainerConfigError', 'secret "missing" not found'],
  ['init-failure', 'InitContainerFailed', 'exit code 2'],
  ['crash-at-start', 'ContainerCrashed', 'exit code 1'],
])('a spawn whose pod shows %s fails long before its time is up: %s', async (behaviour, reason, words) => {
  const user = await world.aUser();
  const told = await spawnFailing(user, formFor(behaviour));

  await expectFailure(told, reason, words);
  expect(await recorded(user.username)).toMatchObject({
    status: 'failed',
    reason,
    message: expect.stringContaining(words),
  });
  expect((await world.hub.read(user.username)).status).toBe('failed');
});

test('a spawn that fits on no node fails with the scheduler’s words', async () => {
  const user = await world.aUser();
  const told = await spawnFailing(user, { ...formFor('fast'), size: ['colossal'] });

  await expectFailure(told, 'Unschedulable', 'Insufficient cpu');
  expect((await recorded(user.username)).reason).toBe('Unschedulable');
});

test.each<[string, object, string, string]>([
  [
    'is evicted',
    { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory. ' },
    'PodEvicted',
    'low on resource: memory. Start it again.',
  ],
  [
    'runs out of memory',
    { phase: 'Failed', ...notebook({ exitCode: 137, reason: 'OOMKilled', message: 'ran out of memory' }) },
    'OutOfMemory',
    '(OOMKilled, exit code 137): ran out of memory. Choose a larger size',
  ],
  [
    'finishes',
    { phase: 'Succeeded', ...notebook({ exitCode: 0, reason: 'Completed' }) },
    'PodFinished',
    'finished',
  ],
  ['fails', { phase: 'Failed', reason: 'DeadlineExceeded' }, 'PodFailed', 'DeadlineExceeded'],
  ['is lost with its node', { phase: 'Unknown', reason: 'NodeLost' }, 'NodeLost', 'cannot be reached'],
])('a spawn whose pod %s before it runs fails at once', async (_, status, reason, words) => {
  const user = await world.aUser();
  const told = await spawnFailing(user, formFor('untouched'), () =>
    changePod(user.username, { status }, '/status'),
  );

  await expectFailure(told, reason, words);
  expect((await recorded(user.username)).reason).toBe(reason);
});

test.each([
  ['oom-killed', 'OutOfMemory', 'Choose a larger size'],
  ['evicted', 'PodEvicted', 'low on resource: memory'],
  ['exit-1', 'PodFailed', 'exit code 1'],
])('a running lab whose pod shows %s has ended: %s', async (behaviour, reason, words) => {
  const { username, token } = await world.aUser();
  await world.hub.start(username, token, { options: formFor('fast') });
  await changePod(username, { metadata: { annotations: { [BEHAVIOUR_ANNOTATION]: behaviour } } });

  expect(await recorded(username)).toMatchObject({ reason, message: expect.stringContaining(words) });
  await eventually(
    () => world.hub.poll(username),
    (exit) => exit === 0,
  );
});

(CAN_MOUNT ? describe : describe.skip)('a lab whose home directory is full', () => {
  const uid = 7_001;
  let user: Awaited<ReturnType<World['aUser']>>;
  let home: SmallHome;

  beforeEach(async () => {
    user = await world.aUser({ uid, gid: uid });
    const path = `srv/homes/${user.username}`;
    home = await aSmallHome(world.stack.directory, { path, size: '8m', uid });
    home.fill();
  });

  afterEach(async () => {
    await world.hub.stop(user.username);
    await home.remove();
  });

  const start = (options: Record<string, string[]> = {}) =>
    spawnFailing(user, { ...formFor('process'), ...options });
  const messagesOf = ({ events }: Told) => events.map(({ message }) => message);

  test('a lab whose home directory is full does not start, says how full it is and where its files are, and starts once there is room', async () => {
    const words =
      'Your home directory is full: 0 bytes of 8 MiB are free, JupyterLab needs 2 MiB. Remove files at http';
    await expectFailure(await start(), 'HomeFull', words);
    expect(await recorded(user.username)).toMatchObject({ status: 'failed', reason: 'HomeFull' });
    home.empty();

    const { events } = await start();
    expect(events.at(-1)?.event).toBe('complete');
    expect(
      messagesOf({ events, elapsedMs: 0 }).filter((message) => message.includes('home directory')),
    ).toEqual([]);
  });

  test('a lab whose home directory is full starts by choice, and says so among the events of its start', async () => {
    const told = await start({ start_with_full_home: ['true'] });

    expect(told.events.at(-1)?.event).toBe('complete');
    expect(messagesOf(told)).toContainEqual(
      expect.stringMatching(/^Your home directory is full: 0 bytes .* The lab starts all the same, but /),
    );
  });
});

test('a running lab whose node is lost has failed', async () => {
  const { username, token } = await world.aUser();
  await world.hub.start(username, token, { options: formFor('fast') });
  await changePod(username, { status: { phase: 'Unknown', reason: 'NodeLost' } }, '/status');

  expect(await recorded(username)).toMatchObject({ status: 'failed', reason: 'NodeLost' });
  expect(await world.hub.poll(username)).toBe(1);
});

test('a lab whose container is restarted in place runs on', async () => {
  const { username, token } = await world.aUser();
  await world.hub.start(username, token, { options: formFor('fast') });
  await changePod(username, { metadata: { annotations: { [BEHAVIOUR_ANNOTATION]: 'oom-restarted' } } });
  await eventually(
    async () => JSON.stringify((await world.cluster.send('GET', podPath(username))).body),
    (pod) => pod.includes('"restartCount":1'),
  );

  expect(await world.hub.poll(username)).toBeNull();
  expect((await world.hub.read(username)).status).toBe('running');
});
