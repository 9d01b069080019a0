import { ApplicationFailure } from '@temporalio/common';
import { aPod, type PodBuilder } from '../support/builders';
import { eventually } from '../support/eventually';
import { recordHistory } from '../support/history-recorder';
import type { LabUnderTest } from '../support/lab-under-test';
import { startWorkflowHarness, type WorkflowHarness } from '../support/workflow-harness';

let harness: WorkflowHarness;

beforeAll(async () => {
  harness = await startWorkflowHarness();
});

afterAll(() => harness.close(), 30_000);

/** Waits until the workflow has continued as new. */
async function renewed(lab: LabUnderTest, firstRunId: string): Promise<void> {
  await eventually(
    () => lab.handle.describe(),
    ({ runId }) => runId !== firstRunId,
  );
}

test('a lab that exits is terminated, and after its retention removed', async () => {
  const lab = harness.aLab({ terminatedRetentionMs: 300 });
  await lab.startRunning();
  await lab.podBecomes((pod) => pod.succeeded());

  expect(await lab.until('terminated')).toMatchObject({ internalUrl: null, failure: null });
  expect(await lab.untilClosed()).toBe('COMPLETED');
  expect(lab.cluster).toMatchObject({ namespace: null, pod: null });
  // Its pod went with the namespace.
  expect(lab.cluster.asked.map(([step]) => step)).toEqual(['create', 'deleteNamespace']);
  recordHistory('exit-removed', lab.username);
});

test('a lab that fails is terminated with the reason, which its removal keeps', async () => {
  const lab = harness.aLab({ terminatedRetentionMs: 300 });
  await lab.startRunning();
  await lab.podBecomes((pod) => pod.failed('OOMKilled', 137));
  const failure = {
    reason: 'OutOfMemory',
    message:
      'The lab needed more memory than its limit and was killed (OOMKilled, exit code 137). Choose a larger size.',
  };

  expect(await lab.until('terminated')).toMatchObject({ internalUrl: null, failure });
  await lab.untilClosed();
  expect(await lab.record()).toMatchObject({ status: null, failure });
});

test.each([
  ['is evicted', (pod: PodBuilder) => pod.evicted('low on memory'), 'terminated', 'PodEvicted'],
  ['fails', (pod: PodBuilder) => pod.failed('Error', 1), 'terminated', 'PodFailed'],
  ['goes with its node', (pod: PodBuilder) => pod.evicted(null, 'DeletionByPodGC'), 'terminated', 'NodeLost'],
  ['is on a node that is lost', (pod: PodBuilder) => pod.lost(), 'failed', 'NodeLost'],
] as const)('a running lab whose pod %s has ended, with the reason', async (_, change, status, reason) => {
  const lab = harness.aLab();
  await lab.startRunning();
  await lab.podBecomes(change);

  expect(await lab.until(status)).toMatchObject({ internalUrl: null, failure: { reason } });
});

test('a running lab whose pod is deleted because of its node keeps the reason', async () => {
  const lab = harness.aLab();
  await lab.startRunning();
  const deletion = lab.cluster.hold('delete');
  await lab.podBecomes((pod) => pod.disrupted('DeletionByTaintManager').deleting());

  expect(await lab.until('terminating')).toMatchObject({ failure: { reason: 'PodEvicted' } });
  deletion.open();
  await lab.untilClosed();
  expect(await lab.record()).toMatchObject({ status: null, failure: { reason: 'PodEvicted' } });
});

test('a lab that exits unnoticed is found by the slow check', async () => {
  const lab = harness.aLab({ runCheckMs: 100 });
  await lab.startRunning();
  lab.cluster.become((pod) => pod.failed('Error', 1));

  expect((await lab.until('terminated')).internalUrl).toBeNull();
});

test('a lab whose pod disappears has failed', async () => {
  const lab = harness.aLab();
  await lab.startRunning();
  await lab.podDisappears();

  expect(await lab.until('failed')).toMatchObject({
    internalUrl: null,
    failure: { reason: 'PodVanished', message: 'The lab pod was deleted while the lab was running' },
  });
});

test('a pod that disappears unnoticed is missed by the slow check', async () => {
  const lab = harness.aLab({ runCheckMs: 100 });
  await lab.startRunning();
  lab.cluster.losePod();

  expect((await lab.until('failed')).failure?.reason).toBe('PodVanished');
});

test('a lab whose pod someone else deletes is terminating, and then removed', async () => {
  const lab = harness.aLab();
  await lab.startRunning();
  const deletion = lab.cluster.hold('delete');
  await lab.podBecomes((pod) => pod.deleting());

  expect(await lab.until('terminating')).toMatchObject({ internalUrl: null, operation: { kind: 'delete' } });
  deletion.open();
  expect(await lab.untilClosed()).toBe('COMPLETED');
  expect(lab.cluster.namespace).toBeNull();
});

test('the disappearance of another pod is none of a running lab’s business', async () => {
  const lab = harness.aLab();
  await lab.startRunning();
  await lab.tell({ pod: null, uid: 'another' });
  await lab.tell({ pod: aPod('earlier', 'another').failed() });
  // Handled in order: once this one has had its effect, the others have had none.
  await lab.podBecomes((pod) => pod.succeeded());

  expect((await lab.until('terminated')).failure).toBeNull();
});

test('a slow check that is refused changes nothing', async () => {
  const lab = harness.aLab({ runCheckMs: 100 });
  const forbidden = ApplicationFailure.create({ type: 'KubernetesForbidden', nonRetryable: true });
  lab.cluster.break('read', forbidden);
  await lab.startRunning();
  await eventually(
    async () => lab.cluster.count('read'),
    (count) => count >= 2,
  );
  expect((await lab.record()).status).toBe('running');

  lab.cluster.mend('read');
  lab.cluster.become((pod) => pod.succeeded());
  expect((await lab.until('terminated')).failure).toBeNull();
});

test('a deletion does not wait for a slow check that hangs', async () => {
  const lab = harness.aLab({ runCheckMs: 100 });
  await lab.startRunning();
  const read = lab.cluster.hold('read');
  await read.entered;

  await expect(lab.remove()).resolves.toBeUndefined();
  read.open();
});

describe('after its first quiet check a running lab continues as new', () => {
  async function aRenewedLab(): Promise<LabUnderTest> {
    const lab = harness.aLab({ runCheckMs: 100 });
    await lab.startRunning();
    const { runId } = await lab.handle.describe();
    await renewed(lab, runId);
    return lab;
  }

  test('after its first quiet check a running lab continues as new and shows the same record and search attributes as before', async () => {
    const lab = harness.aLab({ runCheckMs: 300 });
    await lab.startRunning();
    const before = await lab.handle.describe();
    await renewed(lab, before.runId);
    const after = await lab.handle.describe();
    recordHistory('spawn-continue-as-new', lab.username, before.runId);

    expect(after.memo).toEqual(before.memo);
    expect(after.typedSearchAttributes.getAll()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ value: lab.username }),
        expect.objectContaining({ value: 'running' }),
        expect.objectContaining({ value: 'registry.test/sketchbook:w_2077_44@sha256:1234' }),
      ]),
    );
  });

  test('after its first quiet check a running lab continues as new once, not with every check', async () => {
    const lab = await aRenewedLab();
    const { runId } = await lab.handle.describe();
    const reads = lab.cluster.count('read');
    await eventually(
      async () => lab.cluster.count('read'),
      (count) => count >= reads + 3,
    );

    expect((await lab.handle.describe()).runId).toBe(runId);
  });

  test('a running lab that has continued as new can be deleted', async () => {
    const lab = await aRenewedLab();
    await lab.remove();

    expect(await lab.untilClosed()).toBe('COMPLETED');
    expect(lab.cluster).toMatchObject({ namespace: null, pod: null });
    recordHistory('continued-as-new', lab.username);
  });

  test('a running lab that has continued as new detects its pod’s end', async () => {
    const lab = await aRenewedLab();
    await lab.podBecomes((pod) => pod.failed());

    expect((await lab.until('terminated')).internalUrl).toBeNull();
  });

  test('a running lab that has continued as new can be replaced once its pod is missing', async () => {
    const lab = await aRenewedLab();
    lab.cluster.losePod();
    const { operationId } = await lab.respawn(lab.aRequest({ runCheckMs: 600_000 }));
    await eventually(
      async () => lab.cluster.namespace,
      (namespace) => namespace === operationId,
    );
    await lab.podExists();
    await lab.podRuns();

    expect((await lab.record()).operation.id).toBe(operationId);
  });

  test('a running lab does not continue as new while a create still waits for its answer', async () => {
    const lab = harness.aLab({ runCheckMs: 600 });
    await lab.startRunning();
    const { runId } = await lab.handle.describe();
    const read = lab.cluster.hold('read');
    const create = lab.respawn();
    create.catch(() => undefined);
    await eventually(
      async () => lab.cluster.count('read'),
      (count) => count === 2,
    );
    expect((await lab.handle.describe()).runId).toBe(runId);
    read.open();

    await expect(create).rejects.toMatchObject({ cause: { type: 'lab_exists' } });
    await renewed(lab, runId);
  });
});

test.each([
  ['nothing', undefined],
  ['no object', 'garbage'],
  ['lists of nothing', { changes: [null], events: [null] }],
  ['something else', { changes: 7 }],
])('a signal that holds %s stops no lab', async (_, garbage) => {
  const lab = harness.aLab({ terminatedRetentionMs: 300 });
  await lab.startRunning();
  await lab.handle.signal('podNews', garbage);
  await lab.podBecomes((pod) => pod.succeeded());

  expect(await lab.until('terminated')).toMatchObject({ failure: null });
});
