import type { LabRecord } from '../../src/domain/lab';
import { ProgressSource } from '../../src/workflow-clients/lab/progress-source';
import { checkPod, type LabTimeouts } from '../../src/workflows/lab/messages';
import { aPod, aPodEvent, type PodBuilder } from '../support/builders';
import { recordHistory } from '../support/history-recorder';
import type { LabUnderTest } from '../support/lab-under-test';
import { startWorkflowHarness, type WorkflowHarness } from '../support/workflow-harness';

let harness: WorkflowHarness;

beforeAll(async () => {
  harness = await startWorkflowHarness();
});

afterAll(() => harness.close(), 30_000);

/** A lab whose objects exist, as reconciliation found them when it starts the workflow. */
async function adopted(
  pod: PodBuilder,
  changes: Partial<LabRecord>,
  deadlines: Partial<LabTimeouts> = {},
): Promise<LabUnderTest> {
  const lab = harness.aLab(deadlines);
  lab.cluster.holdForeignLab(pod);
  await lab.adopt(pod, changes);
  return lab;
}

const RUNNING = { status: 'running', internalUrl: 'http://10.0.0.1:8888/nb/user/x/' } as const;

/** A pod of a controller that gives no spawn IDs. */
const aForeignPod = () => aPod(null, 'foreign');

test('an adopted running lab keeps its record, and can be deleted', async () => {
  const lab = await adopted(aForeignPod().running(), RUNNING);
  await lab.tell({ pod: aForeignPod().running().running() });
  expect(await lab.record()).toMatchObject(RUNNING);

  await lab.remove();

  expect(await lab.untilClosed()).toBe('COMPLETED');
  expect(lab.cluster).toMatchObject({ namespace: null, pod: null });
  recordHistory('adopted-running', lab.username);
});

test('an adopted lab that went away before its workflow began has failed', async () => {
  const lab = harness.aLab();
  await lab.adopt(aForeignPod().running(), RUNNING);

  expect((await lab.until('failed')).failure?.reason).toBe('PodVanished');
});

test('an adopted lab that ends is terminated', async () => {
  const lab = await adopted(aForeignPod().running(), RUNNING);
  await lab.podBecomes((pod) => pod.failed('Error', 1));

  expect((await lab.until('terminated')).failure?.reason).toBe('PodFailed');
});

test('a lab adopted while it starts is followed until it runs', async () => {
  const lab = await adopted(aForeignPod(), { status: 'pending' });
  const source = new ProgressSource(harness.client, 60_000);
  await lab.tellEvents(aPodEvent('Pulling image', { podUid: 'foreign' }));
  await lab.podRuns('10.0.0.7');

  expect((await lab.record()).internalUrl).toBe('http://10.0.0.7:8888/nb/user/x/');
  const told: string[] = [];
  const { signal } = new AbortController();
  for await (const { message, progress } of await source.follow(lab.username, {
    lastEventId: null,
    signal,
  })) {
    told.push(`${message} ${progress}`);
  }
  expect(told).toEqual([
    `Monitoring in-progress lab creation for ${lab.username} 1`,
    'Pulling image 35',
    `Lab Kubernetes pod started for ${lab.username} 75`,
  ]);
  recordHistory('adopted-pending', lab.username);
});

test('a lab adopted while it starts has the time of a spawn and no more', async () => {
  const lab = await adopted(aForeignPod(), { status: 'pending' }, { spawnMs: 300 });

  expect((await lab.until('failed')).failure?.reason).toBe('SpawnTimeout');
});

test('a lab adopted after it failed is kept for its retention, then removed', async () => {
  const failure = { reason: 'PodFailed', message: 'The lab pod failed' } as const;
  const pod = aForeignPod().failed('Error', 1);
  const since = new Date().toISOString();
  const lab = await adopted(pod, { status: 'failed', failure, since }, { failedRetentionMs: 1_000 });
  expect(await lab.record()).toMatchObject({ status: 'failed', failure });

  expect(await lab.untilClosed()).toBe('COMPLETED');
  expect(lab.cluster).toMatchObject({ namespace: null, pod: null });
});

test('a running lab that verifies its pod detects that it is gone', async () => {
  const lab = harness.aLab();
  await lab.startRunning();
  lab.cluster.losePod();

  await lab.handle.signal(checkPod);

  expect((await lab.until('failed')).failure?.reason).toBe('PodVanished');
});

test('a running lab that verifies its pod, and finds it, goes on', async () => {
  const lab = harness.aLab();
  await lab.startRunning();
  const reading = lab.cluster.hold('read');

  await lab.handle.signal(checkPod);
  await reading.entered;
  reading.open();
  await lab.podBecomes((pod) => pod.running('10.0.0.1'));

  expect(await lab.record()).toMatchObject({ status: 'running', failure: null });
  await lab.remove();
});
