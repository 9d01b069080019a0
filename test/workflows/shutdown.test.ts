import { ApplicationFailure } from '@temporalio/common';
import { aPod } from '../support/builders';
import { eventually } from '../support/eventually';
import { recordHistory } from '../support/history-recorder';
import { startWorkflowHarness, type WorkflowHarness } from '../support/workflow-harness';

let harness: WorkflowHarness;

beforeAll(async () => {
  harness = await startWorkflowHarness();
});

afterAll(() => harness.close(), 30_000);

const forbidden = ApplicationFailure.create({
  type: 'KubernetesForbidden',
  message: 'Error deleting object',
  nonRetryable: true,
});

describe('a deletion', () => {
  test('a deletion has no URL and no failure to show while it runs', async () => {
    const lab = harness.aLab();
    await lab.startRunning();
    const deletion = lab.cluster.hold('delete');
    const { operationId, answer } = await lab.beginRemoval();

    expect(await lab.record()).toMatchObject({
      status: 'terminating',
      internalUrl: null,
      failure: null,
      operation: { id: operationId, kind: 'delete' },
    });
    deletion.open();
    await answer;
  });

  test('a deletion is answered once the pod is gone, before the namespace is', async () => {
    const lab = harness.aLab();
    const { operationId } = await lab.startRunning();
    const removal = lab.cluster.hold('deleteNamespace');
    await lab.remove();

    expect(lab.cluster).toMatchObject({ pod: null, namespace: operationId });
    expect((await lab.record()).status).toBeNull();
    removal.open();
    expect(await lab.untilClosed()).toBe('COMPLETED');
    expect(lab.cluster.namespace).toBeNull();
    recordHistory('spawn-run-delete', lab.username);
  });

  test('a deletion waits for a pod that takes its grace period, and gets its end from the watcher', async () => {
    const lab = harness.aLab();
    await lab.startRunning();
    lab.cluster.isPodStubborn = true;
    const { answer } = await lab.beginRemoval();
    await eventually(async () => lab.cluster.pod?.isDeleting, Boolean);
    await lab.tell({ pod: lab.cluster.become((pod) => pod.deleting()) });
    expect((await lab.record()).status).toBe('terminating');
    await lab.podDisappears();

    await expect(answer).resolves.toBeUndefined();
  });

  test('a deletion detects the end of the pod by a read when the watcher misses it', async () => {
    const lab = harness.aLab({ deleteCheckMs: 100 });
    await lab.startRunning();
    lab.cluster.watcher = async () => undefined;

    await expect(lab.remove()).resolves.toBeUndefined();
  });

  test('a deletion is not confused by a pod of the same user’s earlier lab', async () => {
    const lab = harness.aLab();
    await lab.startRunning();
    lab.cluster.isPodStubborn = true;
    const { answer } = await lab.beginRemoval();
    await eventually(async () => lab.cluster.pod?.isDeleting, Boolean);
    await lab.tell({ pod: null, uid: aPod('earlier').uid });
    expect((await lab.record()).status).toBe('terminating');
    await lab.podDisappears();
    await answer;
  });

  test('a deletion that takes too long fails, and the lab stays to be deleted again', async () => {
    const lab = harness.aLab({ deleteMs: 1_000 });
    await lab.startRunning();
    lab.cluster.isPodStubborn = true;

    await expect(lab.remove()).rejects.toMatchObject({ cause: { type: 'delete_failed' } });
    expect(await lab.record()).toMatchObject({
      status: 'failed',
      failure: {
        reason: 'DeleteTimeout',
        message:
          'Lab deletion timed out after 1s while deleting the pod: ' +
          'Kubernetes has taken the order, but the pod is still there',
      },
    });
    lab.cluster.isPodStubborn = false;
    await lab.remove();
    expect(await lab.untilClosed()).toBe('COMPLETED');
  });

  test('a deletion that Kubernetes refuses fails with its words, and a create can follow', async () => {
    const lab = harness.aLab();
    await lab.startRunning();
    lab.cluster.break('delete', forbidden);
    await expect(lab.remove()).rejects.toMatchObject({ cause: { type: 'delete_failed' } });
    expect((await lab.record()).failure).toEqual({
      reason: 'KubernetesForbidden',
      message: 'Error deleting object',
    });

    lab.cluster.mend('delete');
    const { operationId } = await lab.respawn();
    await eventually(
      async () => lab.cluster.namespace,
      (namespace) => namespace === operationId,
    );
  });

  test('a deletion of a spawn waits for the creation in flight, and removes what that still makes', async () => {
    const lab = harness.aLab();
    const creation = lab.cluster.hold('create');
    await lab.start();
    await creation.entered;
    const { answer } = await lab.beginRemoval();
    expect(lab.cluster.count('delete')).toBe(0);
    creation.open();
    await answer;

    expect(lab.cluster.pod).toBeNull();
    expect(await lab.untilClosed()).toBe('COMPLETED');
    expect(lab.cluster).toMatchObject({ pod: null, namespace: null });
  });

  test('a deletion of a spawn that waits for an old namespace leaves the removal of that to its one remover', async () => {
    const lab = harness.aLab();
    await lab.startRunning();
    const removal = lab.cluster.hold('deleteNamespace');
    await lab.remove();
    await lab.respawn();
    await lab.remove();
    const { operationId } = await lab.respawn();
    removal.open();
    await eventually(
      async () => lab.cluster.namespace,
      (namespace) => namespace === operationId,
    );
    await lab.podExists();
    await lab.podRuns();

    expect(lab.cluster.count('deleteNamespace')).toBe(1);
    expect(lab.cluster.namespace).toBe(operationId);
  });
});

describe('the namespace', () => {
  test('a namespace that is not gone in time is shown to operators, and is still being removed', async () => {
    const lab = harness.aLab({ deleteMs: 300 });
    await lab.startRunning();
    const removal = lab.cluster.hold('deleteNamespace');
    await lab.remove();
    const stuck = await eventually(
      () => lab.record(),
      ({ failure }) => failure !== null,
    );

    expect(stuck).toMatchObject({ status: null, failure: { reason: 'NamespaceStuck' } });
    removal.open();
    expect(await lab.untilClosed()).toBe('COMPLETED');
    expect(lab.cluster.namespace).toBeNull();
  });

  test('the namespace whose deletion is refused is tried again later', async () => {
    const lab = harness.aLab({ failedRetentionMs: 200 });
    await lab.startRunning();
    lab.cluster.break('deleteNamespace', forbidden);
    await lab.remove();
    await eventually(
      async () => lab.cluster.count('deleteNamespace'),
      (count) => count >= 2,
    );
    lab.cluster.mend('deleteNamespace');

    expect(await lab.untilClosed()).toBe('COMPLETED');
    expect(lab.cluster.namespace).toBeNull();
  });

  test('the namespace that a spawn waits for is waited for within the spawn’s own deadline', async () => {
    const lab = harness.aLab();
    await lab.startRunning();
    const removal = lab.cluster.hold('deleteNamespace');
    await lab.remove();
    await lab.respawn(lab.aRequest({ spawnMs: 300 }));

    expect((await lab.until('failed')).failure?.reason).toBe('SpawnTimeout');
    removal.open();
  });
});

describe('an operator’s forced shutdown', () => {
  test('an operator’s forced shutdown ends a spawn', async () => {
    const lab = harness.aLab();
    await lab.start();
    await lab.podExists();
    lab.cluster.isPodStubborn = true;
    await lab.force();

    expect(await lab.untilClosed()).toBe('COMPLETED');
    expect(lab.cluster).toMatchObject({ pod: null, namespace: null });
  });

  test('an operator’s forced shutdown ends a running lab without grace', async () => {
    const lab = harness.aLab();
    await lab.startRunning();
    lab.cluster.isPodStubborn = true;
    await lab.force();

    expect(await lab.untilClosed()).toBe('COMPLETED');
    expect(lab.cluster).toMatchObject({ pod: null, namespace: null });
  });

  test('an operator’s forced shutdown overtakes a deletion that waits for its pod, which then succeeds', async () => {
    const lab = harness.aLab();
    await lab.startRunning();
    lab.cluster.isPodStubborn = true;
    const { answer } = await lab.beginRemoval();
    await eventually(async () => lab.cluster.pod?.isDeleting, Boolean);
    await lab.force();

    await expect(answer).resolves.toBeUndefined();
    expect(await lab.untilClosed()).toBe('COMPLETED');
  });

  test('an operator’s forced shutdown overtakes a deletion whose request hangs', async () => {
    const lab = harness.aLab();
    await lab.startRunning();
    const deletion = lab.cluster.hold('delete');
    const { answer } = await lab.beginRemoval();
    await deletion.entered;
    await lab.force();

    await expect(answer).resolves.toBeUndefined();
    deletion.open();
    expect(await lab.untilClosed()).toBe('COMPLETED');
  });

  test('an operator’s forced shutdown goes on when it is ordered again meanwhile', async () => {
    const lab = harness.aLab();
    await lab.startRunning();
    const deletion = lab.cluster.hold('forcedDelete');
    await lab.force();
    await deletion.entered;
    await lab.force();
    // Answered once the workflow has taken in what was sent before.
    await expect(lab.handle.query('__temporal_workflow_metadata')).resolves.toBeDefined();
    expect((await lab.record()).status).toBe('terminating');
    deletion.open();

    expect(await lab.untilClosed()).toBe('COMPLETED');
    recordHistory('forced-twice', lab.username);
  });

  test('an operator’s forced shutdown removes a lab that could not be deleted', async () => {
    const lab = harness.aLab({ deleteMs: 500 });
    await lab.startRunning();
    lab.cluster.isPodStubborn = true;
    await expect(lab.remove()).rejects.toMatchObject({ cause: { type: 'delete_failed' } });
    await lab.force();

    expect(await lab.untilClosed()).toBe('COMPLETED');
    expect(lab.cluster.pod).toBeNull();
  });

  test('an operator’s forced shutdown has nothing to do once the pod is gone', async () => {
    const lab = harness.aLab();
    await lab.startRunning();
    const removal = lab.cluster.hold('deleteNamespace');
    const { operationId, answer } = await lab.beginRemoval();
    await answer;
    await lab.force();
    removal.open();

    expect(await lab.untilClosed()).toBe('COMPLETED');
    expect(await lab.record()).toMatchObject({ status: null, operation: { id: operationId } });
  });

  test('an operator’s forced shutdown does not force a later deletion', async () => {
    const lab = harness.aLab();
    await lab.startRunning();
    const removal = lab.cluster.hold('deleteNamespace');
    await lab.force();
    await removal.entered;
    const { operationId } = await lab.respawn();
    removal.open();
    await eventually(
      async () => lab.cluster.namespace,
      (namespace) => namespace === operationId,
    );
    await lab.remove();

    expect(lab.cluster.count('delete')).toBe(1);
  });
});

describe('a cancellation from outside', () => {
  test('a cancellation from outside ends a running lab', async () => {
    const lab = harness.aLab();
    await lab.startRunning();
    await lab.handle.cancel();

    expect(await lab.untilClosed()).toBe('COMPLETED');
    expect(lab.cluster).toMatchObject({ pod: null, namespace: null });
  });

  test('a cancellation from outside ends a spawn', async () => {
    const lab = harness.aLab();
    await lab.start();
    await lab.podExists();
    await lab.handle.cancel();

    expect(await lab.untilClosed()).toBe('COMPLETED');
    expect(lab.cluster).toMatchObject({ pod: null, namespace: null });
  });

  test('a cancellation from outside leaves a deletion in progress, and those who wait for it, undisturbed', async () => {
    const lab = harness.aLab();
    await lab.startRunning();
    const deletion = lab.cluster.hold('delete');
    const first = await lab.beginRemoval();
    await deletion.entered;
    await lab.handle.cancel();
    const second = await lab.beginRemoval();
    deletion.open();

    await expect(first.answer).resolves.toBeUndefined();
    await expect(second.answer).resolves.toBeUndefined();
    expect(await lab.untilClosed()).toBe('COMPLETED');
  });
});

describe('what comes before the workflow’s first task', () => {
  test.each(['a forced shutdown', 'a delete', 'a cancellation'] as const)(
    '%s ends the spawn before it has made anything',
    async (kind) => {
      const lab = harness.aLab();
      await harness.stopWorker();
      await lab.start();
      let answer: Promise<unknown> = Promise.resolve();
      if (kind === 'a forced shutdown') await lab.force();
      if (kind === 'a cancellation') await lab.handle.cancel();
      if (kind === 'a delete') {
        answer = lab.remove('early');
        await lab.untilAsked('early');
      }
      await harness.startWorker();

      await answer;
      expect(await lab.untilClosed()).toBe('COMPLETED');
      expect(lab.cluster.count('create')).toBe(0);
    },
  );

  test('events and changes of the pod before the workflow’s first task do no harm', async () => {
    const lab = harness.aLab();
    await harness.stopWorker();
    const { operationId } = await lab.start();
    await lab.tell({ pod: aPod('earlier').failed() });
    await lab.tell({ pod: null, uid: aPod('earlier').uid });
    await lab.tellEvents();
    await harness.startWorker();
    await lab.podExists();
    await lab.podRuns();

    expect(await lab.record()).toMatchObject({ status: 'running', operation: { id: operationId } });
  }, 20_000);
});

test('a lab is removed from the namespace that it was accepted for, when the next one goes to another', async () => {
  const lab = harness.aLab();
  const first = await lab.startRunning();
  await lab.podDisappears();
  await lab.until('failed');
  const request = lab.aRequest();
  await lab.respawn({ ...request, plan: { ...request.plan, namespace: 'moved' } });
  await eventually(
    async () => lab.cluster.pod?.spawnId,
    (spawnId) => spawnId === request.operationId,
  );
  await lab.podRuns();
  expect(await lab.record()).toMatchObject({ namespace: 'moved', status: 'running' });
  await lab.remove();
  expect(await lab.untilClosed()).toBe('COMPLETED');

  const { namespace } = first.plan;
  expect(lab.cluster.asked.filter(([step]) => step !== 'read')).toEqual([
    ['create', namespace],
    ['delete', namespace],
    ['deleteNamespace', namespace],
    ['create', 'moved'],
    ['delete', 'moved'],
    ['deleteNamespace', 'moved'],
  ]);
});
