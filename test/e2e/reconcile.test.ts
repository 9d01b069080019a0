import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { ReconciliationSummary } from '../../src/domain/reconciliation';
import { SCHEDULES } from '../../src/workflow-clients/schedules';
import { startStack } from '../../stack/start';
import { yamlFile } from '../support/chart';
import { eventually } from '../support/eventually';
import { aForeignLab, createObject } from '../support/foreign-lab';
import { formFor, labNamespaces, type World, worldOn } from '../support/world';

let world: World;
let metricsUrl: string;

beforeAll(async () => {
  const stack = await startStack({ name: `reconcile-${randomBytes(4).toString('hex')}` });
  const configFile = join(__dirname, '../data/reconcile/config.yaml');
  world = await worldOn(stack, { configFile });
  const [worker] = await Promise.all([world.start('worker'), world.start('api')]);
  metricsUrl = `${worker.opsUrl}/metrics`;
}, 60_000);

afterAll(() => world.stop());

/** Lets one pass run and gives what it did. */
async function pass(): Promise<ReconciliationSummary> {
  return world.temporal.workflow.execute<() => Promise<ReconciliationSummary>>('reconcile', {
    workflowId: `reconcile-${randomBytes(4).toString('hex')}`,
    taskQueue: 'controller',
  });
}

/** Lets passes run until one has done what is waited for: Temporal's lists lag some seconds behind. */
function passUntil(isDone: (summary: ReconciliationSummary) => boolean): Promise<ReconciliationSummary> {
  return eventually(pass, isDone);
}

const workflowOf = (username: string) => world.temporal.workflow.getHandle(`lab-${username}`);

const create = (path: string, object: object) => createObject(world, path, object);

const namespaceExists = async (name: string): Promise<boolean> => {
  const { body } = await world.cluster.send('GET', `/api/v1/namespaces/${name}`);
  const { metadata } = body as { metadata: { deletionTimestamp?: string; name?: string } };
  return metadata.name === name && metadata.deletionTimestamp === undefined;
};

test('a worker that starts schedules reconciliation and lets one pass run', async () => {
  const handle = world.temporal.schedule.getHandle(SCHEDULES.reconcile.scheduleId);
  const { info, policies, spec } = await eventually(
    () => handle.describe(),
    ({ info }) => info.recentActions.length > 0,
  );

  expect(info.recentActions).toHaveLength(1);
  expect(spec.intervals).toEqual([expect.objectContaining({ every: 3_600_000 })]);
  expect(policies).toMatchObject({ overlap: 'SKIP', catchupWindow: 60_000 });
});

test('a worker serves one series of the metric by which the chart scales workers', async () => {
  const { metric, metricLabels } = Object(yamlFile('helm/values.yaml')).worker.autoscaling;
  const labels = Object.entries(metricLabels).map(([name, value]) => `${name}="${String(value)}"`);
  const isMeant = (line: string) =>
    line.startsWith(`${metric}{`) && labels.every((label) => line.includes(label));
  const page = await (await fetch(metricsUrl)).text();
  expect(page.split('\n').filter(isMeant)).toEqual([expect.stringMatching(/\} \d+$/)]);
});

test('a second worker keeps the one schedule', async () => {
  const second = await world.start('worker');
  await eventually(
    () => world.temporal.schedule.getHandle(SCHEDULES.reconcile.scheduleId).describe(),
    ({ info }) => info.recentActions.length === 2,
  );
  await second.kill('SIGTERM');

  const schedules: string[] = [];
  for await (const { scheduleId } of world.temporal.schedule.list()) schedules.push(scheduleId);
  expect(schedules).toEqual([SCHEDULES.reconcile.scheduleId]);
});

test('a schedule that is paused stays so when a worker starts', async () => {
  const handle = world.temporal.schedule.getHandle(SCHEDULES.reconcile.scheduleId);
  await handle.pause('cluster is being moved');
  const before = await handle.describe();

  const worker = await world.start('worker');
  await eventually(
    () => handle.describe(),
    ({ info }) => info.lastUpdatedAt?.getTime() !== before.info.lastUpdatedAt?.getTime(),
  );
  // It has done all it does to the schedule before it stops.
  await worker.kill('SIGTERM');

  const after = await handle.describe();
  expect(after.state).toMatchObject({ paused: true, note: 'cluster is being moved' });
  expect(after.info.recentActions).toHaveLength(before.info.recentActions.length);
  await handle.unpause();
});

test('a lab whose workflow was terminated is adopted as it was, and can be stopped', async () => {
  const watcher = await world.start('watcher');
  const { username, token } = await world.aUser();
  const url = await world.hub.start(username, token, { options: formFor('fast') });
  const before = await world.hub.read(username);
  await workflowOf(username).terminate();
  expect(await world.hub.poll(username)).toBe(0);

  await passUntil(({ adopted }) => adopted.includes(username));

  expect(await world.hub.read(username)).toEqual(before);
  expect(before).toMatchObject({ status: 'running', internal_url: url });
  await world.hub.stop(username);
  await eventually(
    () => labNamespaces(world, username),
    (names) => names.length === 0,
  );
  await watcher.kill('SIGTERM');
});

test('a lab of the reference controller is adopted and, when stopped, removed with its Service', async () => {
  const { username } = await world.aUser();
  await aForeignLab(world, username);

  await passUntil(({ adopted }) => adopted.includes(username));

  expect(await world.hub.read(username)).toMatchObject({
    status: 'running',
    internal_url: expect.stringMatching(new RegExp(`^http://.*:8888/nb/user/${username}/$`)),
    options: { size: 'small', enable_debug: true },
    user: { username, name: 'Rachel Ruderman', uid: 1101 },
  });
  await world.hub.stop(username);
  expect(await world.hub.poll(username)).toBe(0);
  await eventually(
    () => labNamespaces(world, username),
    (names) => names.length === 0,
  );
});

test('of namespaces without a workflow, only one that certainly is an empty lab is removed', async () => {
  const { username: orphan } = await world.aUser();
  const { username: unreadable } = await world.aUser();
  const { username: stranger } = await world.aUser();
  const { username: mislabelled } = await world.aUser();
  const labels = (user: string) => ({ 'nublado.lsst.io/category': 'lab', 'nublado.lsst.io/user': user });
  await create('/api/v1/namespaces', { metadata: { name: `lab-${orphan}`, labels: labels(orphan) } });
  await create('/api/v1/namespaces', { metadata: { name: `lab-${stranger}` } });
  await create('/api/v1/namespaces', { metadata: { name: `lab-${mislabelled}`, labels: labels('else') } });
  await aForeignLab(world, unreadable, ({ environment }) => {
    environment.data = { ...environment.data, CPU_LIMIT: 'plenty' };
  });

  const { adopted, removed, reported } = await passUntil(({ removed }) => removed.includes(orphan));

  expect(removed).toEqual([orphan]);
  expect(adopted).toEqual([]);
  expect(reported).toEqual(
    expect.arrayContaining([
      { namespace: `lab-${mislabelled}`, problem: 'by its labels its name should be lab-else' },
      {
        namespace: `lab-${unreadable}`,
        problem: 'its environment\'s CPU_LIMIT is no quantity: "plenty"',
      },
    ]),
  );
  expect(reported).toHaveLength(2);
  expect(await namespaceExists(`lab-${orphan}`)).toBe(false);
  const metrics = await (await fetch(metricsUrl)).text();
  expect(metrics).toContain('nublado_reconciliation_decisions_total{decision="remove"} 1\n');
  expect(metrics).toMatch(/^nublado_active_labs 0$/m);
  for (const user of [unreadable, stranger, mislabelled]) {
    expect(await namespaceExists(`lab-${user}`)).toBe(true);
  }
});

test('a lab whose namespace was deleted while no watcher ran has failed', async () => {
  const { username } = await world.aUser();
  await aForeignLab(world, username);
  await passUntil(({ adopted }) => adopted.includes(username));
  await world.cluster.send('DELETE', `/api/v1/namespaces/lab-${username}`);
  await eventually(
    () => world.cluster.send('GET', `/api/v1/namespaces/lab-${username}`),
    ({ status }) => status === 404,
  );
  expect((await world.hub.read(username)).status).toBe('running');

  await passUntil(({ told }) => told.includes(username));

  await eventually(
    () => world.hub.read(username),
    ({ status }) => status === 'failed',
  );
});
