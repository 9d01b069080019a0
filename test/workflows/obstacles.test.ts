import { ProgressSource } from '../../src/workflow-clients/lab/progress-source';
import { aPodEvent } from '../support/builders';
import { eventually } from '../support/eventually';
import { recordHistory } from '../support/history-recorder';
import { outOfTime } from '../support/lab-drives';
import type { LabUnderTest } from '../support/lab-under-test';
import { LOST_NODE, STUCK_NAMESPACE, WEBHOOK_AWAY } from '../support/obstacles';
import { startWorkflowHarness, type WorkflowHarness } from '../support/workflow-harness';

/** What a lab's operations tell about what they wait for, and when they stop waiting. */

let harness: WorkflowHarness;

beforeAll(async () => {
  harness = await startWorkflowHarness();
});

afterAll(() => harness.close(), 30_000);

/** The messages of the current operation's stream, which has to end. */
async function told(lab: LabUnderTest): Promise<string[]> {
  const source = new ProgressSource(harness.client, 3_600_000);
  const { signal } = new AbortController();
  const messages: string[] = [];
  const events = await source.follow(lab.username, { lastEventId: null, signal });
  for await (const { message } of events) messages.push(message);
  return messages;
}

const obstacle = (lab: LabUnderTest, message: string) =>
  eventually(
    () => lab.record(),
    (record) => record.obstacle === message,
  );

describe('a namespace that does not go', () => {
  test('a stuck namespace is an obstacle of the deletion that waits for it, shown to operators too', async () => {
    const lab = harness.aLab({ deleteMs: 2_000 });
    await lab.startRunning();
    lab.cluster.obstacles.set('deleteNamespace', STUCK_NAMESPACE);
    await lab.remove();
    const { failure } = await eventually(
      () => lab.record(),
      (record) => record.failure !== null,
    );
    expect(failure).toEqual({
      reason: 'NamespaceStuck',
      message: `The namespace is not gone after 2s: ${STUCK_NAMESPACE.message}`,
    });
    lab.cluster.obstacles.clear();
    expect(await lab.untilClosed()).toBe('COMPLETED');

    expect(await told(lab)).toEqual([
      'Shutting down Kubernetes pod',
      'Deleting user namespace',
      STUCK_NAMESPACE.message,
      `Lab for ${lab.username} deleted`,
    ]);
  });

  test('a stuck namespace fails the next spawn after its patience with the remedy, which its stream has at once', async () => {
    const lab = harness.aLab();
    await lab.startRunning();
    lab.cluster.obstacles.set('deleteNamespace', STUCK_NAMESPACE);
    await lab.remove();
    await obstacle(lab, STUCK_NAMESPACE.message);
    await lab.respawn(lab.aRequest({ stuckNamespacePatienceMs: 500 }));
    const { failure } = await lab.until('failed');

    expect(failure).toEqual({ reason: 'NamespaceStuck', message: STUCK_NAMESPACE.message });
    expect(await told(lab)).toEqual([
      `Starting lab creation for ${lab.username}`,
      STUCK_NAMESPACE.message,
      STUCK_NAMESPACE.message,
      'Lab spawn failed',
    ]);
    recordHistory('stuck-namespace', lab.username);
  });

  test('a namespace that does not go lets the spawn after it go on as soon as it is gone', async () => {
    const lab = harness.aLab();
    await lab.startRunning();
    lab.cluster.obstacles.set('deleteNamespace', STUCK_NAMESPACE);
    await lab.remove();
    await lab.respawn();
    await obstacle(lab, STUCK_NAMESPACE.message);
    lab.cluster.obstacles.clear();
    await lab.podExists();
    await lab.podRuns();

    expect(await told(lab)).toContain(STUCK_NAMESPACE.message);
    expect((await lab.record()).obstacle).toBeUndefined();
  });

  test('a namespace that may still go by itself is waited for until the spawn’s deadline', async () => {
    const lab = harness.aLab();
    const passing = { ...STUCK_NAMESPACE, isStuck: false };
    await lab.startRunning();
    lab.cluster.obstacles.set('deleteNamespace', passing);
    await lab.remove();
    await lab.respawn(lab.aRequest({ stuckNamespacePatienceMs: 100, spawnMs: 4_000 }));
    const { failure } = await lab.until('failed');

    expect(failure).toEqual({
      reason: 'SpawnTimeout',
      message: `Lab spawn timed out after 4s while removing what is left of the previous lab: ${passing.message}`,
    });
  });

  test('a namespace that the creation meets is waited for, and the creation goes on', async () => {
    const lab = harness.aLab();
    lab.cluster.obstacles.set('create', STUCK_NAMESPACE).set('deleteNamespace', STUCK_NAMESPACE);
    await lab.start();
    await obstacle(lab, STUCK_NAMESPACE.message);
    lab.cluster.obstacles.clear();
    await lab.podExists();
    await lab.podRuns();

    expect(await told(lab)).toEqual([
      `Starting lab creation for ${lab.username}`,
      STUCK_NAMESPACE.message,
      'Deleting user namespace',
      `Lab for ${lab.username} deleted`,
      'Created Kubernetes objects for user lab',
      `Lab Kubernetes pod started for ${lab.username}`,
    ]);
  });
});

describe('a creation that is tried again', () => {
  test('a creation that is retried publishes the obstacle, and goes on', async () => {
    const lab = harness.aLab();
    lab.cluster.obstacles.set('create', WEBHOOK_AWAY);
    await lab.start();
    await obstacle(lab, WEBHOOK_AWAY.message);
    lab.cluster.obstacles.clear();
    await lab.podExists();
    await lab.podRuns();

    expect(await told(lab)).toEqual([
      `Starting lab creation for ${lab.username}`,
      WEBHOOK_AWAY.message,
      'Created Kubernetes objects for user lab',
      `Lab Kubernetes pod started for ${lab.username}`,
    ]);
    recordHistory('creation-obstacle', lab.username);
  });

  test('a creation that is retried has its obstacle in the failure', async () => {
    const lab = harness.aLab({ spawnMs: 4_000 });
    lab.cluster.obstacles.set('create', WEBHOOK_AWAY);
    await lab.start();

    expect((await lab.until('failed')).failure).toEqual({
      reason: 'SpawnTimeout',
      message: `Lab spawn timed out after 4s while creating Kubernetes objects: ${WEBHOOK_AWAY.message}`,
    });
  });

  test('a creation that is tried again can be ended by a delete', async () => {
    const lab = harness.aLab();
    lab.cluster.obstacles.set('create', WEBHOOK_AWAY);
    await lab.start();
    await obstacle(lab, WEBHOOK_AWAY.message);
    await lab.remove();

    expect(await lab.untilClosed()).toBe('COMPLETED');
  });
});

describe('a pod on a lost node', () => {
  /** Lets the lab run on a node that is lost, and its pod stay when it is deleted. */
  async function runsOnLostNode(lab: LabUnderTest): Promise<void> {
    await lab.startRunning();
    await lab.podBecomes((pod) => pod.onLostNode());
    lab.cluster.isPodStubborn = true;
  }

  test('a pod on a lost node is removed without its node once patience is over, which the deletion’s stream has', async () => {
    const lab = harness.aLab({ deleteCheckMs: 100, lostNodePatienceMs: 4_000 });
    await runsOnLostNode(lab);
    await lab.remove();

    expect(lab.cluster).toMatchObject({ pod: null });
    expect(lab.cluster.count('forcedDelete')).toBe(1);
    expect(await lab.untilClosed()).toBe('COMPLETED');
    expect(await told(lab)).toEqual([
      'Shutting down Kubernetes pod',
      expect.stringContaining(LOST_NODE),
      expect.stringContaining('out of reach for 4s'),
      'Deleting user namespace',
      `Lab for ${lab.username} deleted`,
    ]);
    recordHistory('lost-node', lab.username);
  });

  test('a pod on a lost node fails a deletion that ends before, with what keeps it; the next spawn goes on', async () => {
    const lab = harness.aLab({ deleteMs: 1_000, deleteCheckMs: 100, lostNodePatienceMs: 8_000 });
    await runsOnLostNode(lab);
    await expect(lab.remove()).rejects.toMatchObject({ cause: { type: 'delete_failed' } });
    expect((await lab.record()).failure).toMatchObject({
      reason: 'DeleteTimeout',
      message: expect.stringContaining(LOST_NODE),
    });
    const { operationId } = await lab.respawn();
    await eventually(
      async () => lab.cluster.pod?.spawnId,
      (spawnId) => spawnId === operationId,
    );
    await lab.podRuns();

    expect(await told(lab)).toContainEqual(expect.stringContaining(LOST_NODE));
    expect(lab.cluster.count('forcedDelete')).toBe(1);
  });

  test('a pod on a lost node is left to operators where patience has no end', async () => {
    const lab = harness.aLab({ deleteMs: 1_500, deleteCheckMs: 100, lostNodePatienceMs: null });
    await runsOnLostNode(lab);

    await expect(lab.remove()).rejects.toMatchObject({ cause: { type: 'delete_failed' } });
    expect(lab.cluster.count('forcedDelete')).toBe(0);
  });

  test('a pod on a lost node is not removed when the node has come back', async () => {
    const lab = harness.aLab({ deleteMs: 2_000, deleteCheckMs: 100, lostNodePatienceMs: 300 });
    await runsOnLostNode(lab);
    await lab.podBecomes((pod) => pod.running().backOnNode());

    await expect(lab.remove()).rejects.toMatchObject({ cause: { type: 'delete_failed' } });
    expect(lab.cluster.count('forcedDelete')).toBe(0);
  });

  test('a pod on a lost node that runs keeps its lab running', async () => {
    const lab = harness.aLab();
    await runsOnLostNode(lab);

    expect((await lab.record()).status).toBe('running');
  });
});

describe('a pod that does not start', () => {
  const mount = aPodEvent('MountVolume.SetUp failed for volume "home" : exit status 32', {
    type: 'Warning',
    reason: 'FailedMount',
  });

  test('a pod that does not start because of a volume has that in the failure', async () => {
    const { failure, seconds } = await outOfTime(harness.aLab, async (lab) => {
      await lab.podExists();
      await lab.tellEvents(mount);
    });

    expect(failure?.message).toBe(
      `Lab spawn timed out after ${seconds}s while waiting for the pod to run: A volume of the lab cannot be mounted: ` +
        'MountVolume.SetUp failed for volume "home" : exit status 32. Tell the operators if this does not pass.',
    );
  });

  test('a pod that does not start does not blame what it has got past', async () => {
    const { failure, seconds } = await outOfTime(harness.aLab, async (lab) => {
      await lab.podExists();
      await lab.tellEvents(mount);
      await lab.tellEvents(aPodEvent('Pulling image'));
    });

    expect(failure?.message).toBe(`Lab spawn timed out after ${seconds}s while waiting for the pod to run`);
  });

  test('a pod that does not start because no node has the labels shows that before its patience ends', async () => {
    const lab = harness.aLab();
    await lab.start();
    await lab.podExists();
    await lab.podBecomes((pod) =>
      pod.unschedulable("0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector."),
    );
    const { obstacle } = await eventually(
      () => lab.record(),
      (record) => record.obstacle !== undefined,
    );

    expect(obstacle).toContain('A smaller size does not help.');
  });
});
