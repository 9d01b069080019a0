import type { LabTimeouts } from '../../src/workflows/lab/messages';
import type { PodBuilder } from '../support/builders';
import { eventually } from '../support/eventually';
import { recordHistory } from '../support/history-recorder';
import type { LabUnderTest } from '../support/lab-under-test';
import { startWorkflowHarness, type WorkflowHarness } from '../support/workflow-harness';

let harness: WorkflowHarness;

beforeAll(async () => {
  harness = await startWorkflowHarness();
}, 60_000);

afterAll(() => harness.close(), 30_000);

/** A running lab whose hub wants to know of its end. */
async function aRunningLab(timeouts: Partial<LabTimeouts> = {}): Promise<LabUnderTest> {
  const lab = harness.aLab({ hubRequestMs: 1_000, terminatedRetentionMs: 300, ...timeouts });
  await lab.startRunning();
  return lab;
}

const attempts = (lab: LabUnderTest, number: number) =>
  eventually(
    async () => lab.hub.attempts.length,
    (length) => length >= number,
  );

test.each([
  ['exits', (pod: PodBuilder) => pod.succeeded()],
  ['fails', (pod: PodBuilder) => pod.failed('Error', 1)],
  ['is evicted', (pod: PodBuilder) => pod.evicted()],
  ['is deleted by someone else', (pod: PodBuilder) => pod.deleting()],
] as const)('the hub is told once of a lab whose pod %s', async (_, change) => {
  const lab = await aRunningLab();
  await lab.podBecomes(change);
  await lab.untilClosed();

  const { end } = await lab.record();
  expect(lab.hub.attempts).toEqual([{ username: lab.username, endedAt: end?.at }]);
});

test('the hub is notified of a lab whose pod vanishes', async () => {
  const lab = await aRunningLab();
  await lab.podDisappears();
  await attempts(lab, 1);

  expect((await lab.record()).status).toBe('failed');
});

test('the hub is notified of a lab that an operator ends', async () => {
  const lab = await aRunningLab();
  await lab.force();
  await lab.untilClosed();
  const cancelled = await aRunningLab();
  await cancelled.handle.cancel();
  await cancelled.untilClosed();

  expect([lab.hub.told.length, cancelled.hub.told.length]).toEqual([1, 1]);
});

test('the hub is not notified of a lab that it has ended itself, nor of one that never ran', async () => {
  const lab = await aRunningLab();
  await lab.remove();
  await lab.untilClosed();
  const failing = harness.aLab({ hubRequestMs: 1_000, failedRetentionMs: 300 });
  await failing.start();
  await failing.podExists();
  await failing.podBecomes((pod) => pod.failed('Error', 1));
  await failing.untilClosed();

  expect([...lab.hub.attempts, ...failing.hub.attempts]).toEqual([]);
});

test.each([
  ['null', { hubRequestMs: null }],
  ['absent, as in labs of earlier builds', { hubRequestMs: undefined }],
])('no hub is notified where the timeout for it is %s', async (_, timeouts) => {
  const lab = await aRunningLab(timeouts);
  await lab.podBecomes((pod) => pod.succeeded());
  await lab.untilClosed();

  expect(lab.hub.attempts).toEqual([]);
});

test('a failed notification is retried while the lab is removed; then the workflow ends', async () => {
  const lab = await aRunningLab();
  lab.hub.behaviour = 'broken';
  await lab.podBecomes((pod) => pod.succeeded());
  await lab.until(null);
  await eventually(
    async () => lab.cluster.namespace,
    (namespace) => namespace === null,
  );
  await attempts(lab, 2);
  expect((await lab.handle.describe()).status.name).toBe('RUNNING');

  lab.hub.behaviour = 'well';
  expect(await lab.untilClosed()).toBe('COMPLETED');
  expect(lab.hub.told).toHaveLength(1);
  recordHistory('exit-told-to-hub', lab.username);
});

test('a hub that hangs delays neither the removal nor a deletion', async () => {
  const lab = await aRunningLab({ terminatedRetentionMs: 600_000 });
  lab.hub.behaviour = 'hangs';
  await lab.podBecomes((pod) => pod.succeeded());
  await attempts(lab, 1);

  await expect(lab.remove()).resolves.toBeUndefined();
  await eventually(
    async () => lab.cluster.namespace,
    (namespace) => namespace === null,
  );
  expect(lab.hub.hanging).toBe(1);
});

test('the hub is not notified of a lab that ends while it is being deleted', async () => {
  const lab = await aRunningLab();
  const deletion = lab.cluster.hold('delete');
  const { answer } = await lab.beginRemoval();
  await lab.podBecomes((pod) => pod.succeeded());
  deletion.open();
  await answer;
  await lab.untilClosed();

  expect(lab.hub.attempts).toEqual([]);
  expect((await lab.record()).end).toMatchObject({ outcome: 'stopped', by: 'hub' });
});

test('a notification under way is withdrawn before the objects of the next lab are created', async () => {
  const lab = await aRunningLab({ terminatedRetentionMs: 600_000 });
  lab.hub.behaviour = 'hangs';
  await lab.podBecomes((pod) => pod.succeeded());
  await attempts(lab, 1);
  const creation = lab.cluster.hold('create');
  const creations = lab.cluster.count('create');
  await lab.respawn();
  await eventually(
    async () => lab.cluster.count('create'),
    (count) => count > creations,
  );

  expect(lab.hub.hanging).toBe(0);
  creation.open();
  await lab.podExists();
  await lab.podRuns();
  expect(lab.hub.attempts).toHaveLength(1);
  recordHistory('notice-taken-back', lab.username);
}, 20_000);

test('a notification that waits for its next attempt is withdrawn by a spawn', async () => {
  const lab = await aRunningLab();
  lab.hub.behaviour = 'broken';
  await lab.podBecomes((pod) => pod.succeeded());
  await lab.until(null);
  await attempts(lab, 2);
  await lab.respawn();
  const { length } = lab.hub.attempts;
  await lab.podExists();
  await lab.podRuns();
  lab.hub.behaviour = 'well';
  await lab.podBecomes((pod) => pod.succeeded());
  await lab.untilClosed();

  // The second lab's own end is the next that the hub hears.
  expect(lab.hub.attempts.length).toBe(length + 1);
  expect(lab.hub.told[0]?.endedAt).toBe((await lab.record()).end?.at);
});
