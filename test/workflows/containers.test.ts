import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import type { PodBuilder } from '../support/builders';
import { eventually } from '../support/eventually';
import { recordHistory } from '../support/history-recorder';
import { outOfTime } from '../support/lab-drives';
import type { LabUnderTest } from '../support/lab-under-test';
import { startWorkflowHarness, type WorkflowHarness } from '../support/workflow-harness';

let harness: WorkflowHarness;

beforeAll(async () => {
  harness = await startWorkflowHarness();
});

afterAll(() => harness.close(), 30_000);

test('a spawn whose init container fails at first, and then not, runs', async () => {
  const lab = harness.aLab({ startRetryPatienceMs: 400 });
  await lab.start();
  await lab.podExists();
  await lab.podBecomes((pod) => pod.retried(4, 'Error', 'no route', 'mesh-init'));
  lab.cluster.become((pod) => pod.starting());
  // Patience is over by then, but the next attempt is under way.
  await eventually(
    async () => lab.cluster.count('read'),
    (count) => count === 1,
  );
  await lab.podRuns();

  expect(await lab.record()).toMatchObject({ status: 'running', failure: null });
  recordHistory('init-container-retried', lab.username);
});

test.each([
  ['mesh-init', 'InitContainerFailed'],
  ['notebook', 'ContainerCrashed'],
])(
  'a spawn whose container %s fails again and again has failed when patience is over',
  async (name, reason) => {
    const lab = harness.aLab({ startRetryPatienceMs: 400 });
    await lab.start();
    await lab.podExists();
    await lab.podBecomes((pod) => pod.retried(4, 'Error', 'no route', name));

    expect((await lab.until('failed')).failure).toEqual({
      reason,
      message: expect.stringContaining('exit code 4 (Error)'),
    });
    expect(lab.cluster.count('read')).toBe(1);
  },
);

test('a container beside the lab does not fail the spawn, which names it when its time is up', async () => {
  const { failure } = await outOfTime(
    (limits) => harness.aLab({ ...limits, startRetryPatienceMs: 100 }),
    async (lab) => {
      await lab.podExists();
      await lab.podBecomes((pod) => pod.besideTrouble(1, 'no certificate'));
    },
  );

  expect(failure).toEqual({
    reason: 'SpawnTimeout',
    message: expect.stringContaining('mesh-proxy, which accompanies the lab, failed with exit code 1'),
  });
});

test('a lab that exits beside other containers is terminated at once, and its pod is removed with it', async () => {
  const lab = harness.aLab({ terminatedRetentionMs: 300 });
  await lab.startRunning();
  await lab.podBecomes((pod) => pod.labEnded(0));

  expect(await lab.until('terminated')).toMatchObject({
    internalUrl: null,
    failure: null,
    end: { outcome: 'exited' },
  });
  expect(await lab.untilClosed()).toBe('COMPLETED');
  expect(lab.cluster.asked.map(([step]) => step)).toEqual(['create', 'delete', 'deleteNamespace']);
  recordHistory('exit-beside-others', lab.username);
});

test('a lab that has exited beside other containers can be replaced at once, also unnoticed', async () => {
  const lab = harness.aLab();
  await lab.startRunning();
  lab.cluster.become((pod) => pod.labEnded(0));
  const { operationId } = await lab.respawn();
  await eventually(
    async () => lab.cluster.namespace,
    (namespace) => namespace === operationId,
  );
  await lab.podExists();
  await lab.podRuns();

  expect((await lab.record()).operation.id).toBe(operationId);
});

test('a lab whose pod is deleted is terminating, also when its container ends before the pod does', async () => {
  const lab = harness.aLab();
  await lab.startRunning();
  const deletion = lab.cluster.hold('delete');
  await lab.podBecomes((pod) => pod.deleting().labEnded(0));

  expect((await lab.until('terminating')).operation.kind).toBe('delete');
  deletion.open();
});

describe('a container that ends while the lab runs and is started again', () => {
  const killed = (pod: PodBuilder) => pod.retried(137, 'OOMKilled', 'ran out of memory');
  /** What an operator reads on the workflow's page. */
  const details = async (lab: LabUnderTest) => {
    const shown = await lab.handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    return shown.currentDetails;
  };

  test('a container that ends while the lab runs and is started again lets the lab go on when it comes back in time', async () => {
    const lab = harness.aLab({ restartPatienceMs: 60_000 });
    await lab.startRunning();
    await lab.podBecomes(killed);
    await lab.podBecomes((pod) => pod.restarted());
    // Handled in order: once this one has had its effect, the others have had none.
    await lab.podBecomes((pod) => pod.succeeded());

    expect((await lab.until('terminated')).failure).toBeNull();
  });

  test('a container that ends while the lab runs and is started again does not end the lab while its node is lost, of which its states are out of date', async () => {
    const lab = harness.aLab({ restartPatienceMs: 300, spawnCheckMs: 100 });
    await lab.startRunning();
    await lab.podBecomes((pod) => killed(pod).onLostNode());
    await eventually(
      async () => lab.cluster.count('read'),
      (reads) => reads > 3,
    );

    expect((await lab.record()).status).toBe('running');
  });

  test('a container that ends while the lab runs and is started again ends the lab when patience is over, with its own reason and message, and the hub is notified', async () => {
    const lab = harness.aLab({ restartPatienceMs: 500, terminatedRetentionMs: 300, hubRequestMs: 1_000 });
    await lab.startRunning();
    await lab.podBecomes(killed);

    expect(await lab.until('terminated')).toMatchObject({
      internalUrl: null,
      failure: {
        reason: 'OutOfMemory',
        message: expect.stringContaining(
          'exit code 137 (OOMKilled): ran out of memory. Choose a larger size.',
        ),
      },
      end: { outcome: 'failed', by: 'lab' },
    });
    expect(await lab.untilClosed()).toBe('COMPLETED');
    expect(lab.hub.told).toHaveLength(1);
    expect(lab.cluster).toMatchObject({ namespace: null, pod: null });
    // Read once before patience ends the lab: the watcher may have missed that it came back.
    expect(lab.cluster.count('read')).toBe(1);
    recordHistory('crash-loop', lab.username);
  });

  test('a container that ends while the lab runs and is started again does not end the lab that came back unnoticed', async () => {
    const lab = harness.aLab({ restartPatienceMs: 300 });
    await lab.startRunning();
    await lab.podBecomes(killed);
    lab.cluster.become((pod) => pod.restarted());
    await eventually(
      async () => lab.cluster.count('read'),
      (count) => count === 1,
    );
    await lab.podBecomes((pod) => pod.succeeded());

    expect((await lab.until('terminated')).failure).toBeNull();
  });

  test('a container that ends while the lab runs and is started again does not end the lab while the pod cannot be read', async () => {
    const lab = harness.aLab({ restartPatienceMs: 200, spawnCheckMs: 50, kubernetesRetryMs: 1 });
    lab.cluster.break('read', ApplicationFailure.create({ type: 'KubernetesForbidden', nonRetryable: true }));
    await lab.startRunning();
    await lab.podBecomes(killed);
    await eventually(
      async () => lab.cluster.count('read'),
      (count) => count >= 3,
    );
    expect((await lab.record()).status).toBe('running');

    lab.cluster.mend('read');
    expect((await lab.until('terminated')).failure?.reason).toBe('OutOfMemory');
  });

  test('a container that ends while the lab runs and is started again ends the lab also when it runs a little between its ends', async () => {
    const lab = harness.aLab({ restartPatienceMs: 1_500 });
    await lab.startRunning();
    for (let n = 0; (await lab.record()).status === 'running'; n += 1) {
      await lab.podBecomes((pod) => (n % 2 ? pod.restarted() : pod.retried(1)));
      await delay(100);
    }

    expect((await lab.record()).failure?.reason).toBe('ContainerCrashed');
  });

  test('a container that ends while the lab runs and is started again is shown to operators, with its message', async () => {
    const lab = harness.aLab();
    await lab.startRunning();
    await lab.podBecomes(killed);
    const shown = await eventually(
      () => details(lab),
      (text) => text.includes('ran out of memory'),
    );

    expect(shown).toContain('OOMKilled');
  });
});
