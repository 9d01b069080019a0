import { ApplicationFailure } from '@temporalio/common';
import { eventually } from '../support/eventually';
import { recordHistory } from '../support/history-recorder';
import type { LabUnderTest } from '../support/lab-under-test';
import { startWorkflowHarness, type WorkflowHarness } from '../support/workflow-harness';

/** What every status of a lab answers to a create and to a delete. */

let harness: WorkflowHarness;

beforeAll(async () => {
  harness = await startWorkflowHarness();
});

afterAll(() => harness.close(), 30_000);

const conflict = (lab: LabUnderTest) => ({
  cause: {
    type: 'operation_in_progress',
    message: `Conflicting operation for ${lab.username} already in progress`,
  },
});

const exists = (lab: LabUnderTest) => ({
  cause: { type: 'lab_exists', message: `Lab already exists for ${lab.username}` },
});

/** Waits until a spawn has made its pod, and lets it run. */
async function completes(lab: LabUnderTest, operationId: string): Promise<void> {
  await eventually(
    async () => lab.cluster.pod?.spawnId,
    (spawnId) => spawnId === operationId,
  );
  await lab.podRuns();
}

describe('a create', () => {
  test('a create is refused while a spawn is running, which goes on undisturbed', async () => {
    const lab = harness.aLab();
    const { operationId } = await lab.start();
    await lab.podExists();
    const before = await lab.record();

    await expect(lab.respawn()).rejects.toMatchObject(conflict(lab));
    expect(await lab.record()).toEqual(before);
    await lab.podRuns();
    expect((await lab.record()).operation.id).toBe(operationId);
  });

  test('a create is refused while a deletion waits for the pod', async () => {
    const lab = harness.aLab();
    await lab.startRunning();
    const deletion = lab.cluster.hold('delete');
    const { answer } = await lab.beginRemoval();
    await deletion.entered;

    await expect(lab.respawn()).rejects.toMatchObject(conflict(lab));
    deletion.open();
    await expect(answer).resolves.toBeUndefined();
  });

  test('a create is accepted once the pod is gone, and waits for the namespace', async () => {
    const lab = harness.aLab();
    await lab.startRunning();
    const removal = lab.cluster.hold('deleteNamespace');
    await lab.remove();
    await removal.entered;
    const { operationId } = await lab.respawn();
    expect(await lab.record()).toMatchObject({ status: 'pending', operation: { id: operationId } });
    expect(lab.cluster.count('create')).toBe(1);
    removal.open();

    await completes(lab, operationId);
    expect(lab.cluster.namespace).toBe(operationId);
    expect(lab.cluster.count('deleteNamespace')).toBe(1);
    recordHistory('respawn-during-removal', lab.username);
  });

  test('a create is refused while the lab runs and its pod is alive', async () => {
    const lab = harness.aLab();
    await lab.startRunning();
    const before = await lab.record();

    await expect(lab.respawn()).rejects.toMatchObject(exists(lab));
    expect(await lab.record()).toEqual(before);
  });

  test('a create is refused while the lab is recorded as running and its pod cannot be read', async () => {
    const lab = harness.aLab();
    await lab.startRunning();
    lab.cluster.losePod();
    lab.cluster.break('read', ApplicationFailure.nonRetryable('no route to host'));

    await expect(lab.respawn()).rejects.toMatchObject(exists(lab));
    expect((await lab.record()).status).toBe('running');
  });

  test.each(['is gone', 'has failed', 'has finished', 'is lost'] as const)(
    'a create replaces a lab believed to run whose pod %s',
    async (end) => {
      const lab = harness.aLab();
      await lab.startRunning();
      if (end === 'is gone') lab.cluster.losePod();
      if (end === 'has failed') lab.cluster.become((pod) => pod.failed());
      if (end === 'has finished') lab.cluster.become((pod) => pod.succeeded());
      if (end === 'is lost') lab.cluster.become((pod) => pod.lost());
      const { operationId } = await lab.respawn();

      await completes(lab, operationId);
      expect(await lab.record()).toMatchObject({ status: 'running', operation: { id: operationId } });
    },
  );

  test.each(['failed', 'terminated'] as const)('a create replaces a lab that is %s', async (status) => {
    const lab = harness.aLab();
    await lab.start();
    await lab.podExists();
    if (status === 'terminated') await lab.podRuns();
    await lab.podBecomes((pod) => pod.failed());
    await lab.until(status);
    const { operationId } = await lab.respawn();

    await completes(lab, operationId);
    expect(lab.cluster.namespace).toBe(operationId);
  });

  test('a create wins against another one at the same time, which is refused', async () => {
    const lab = harness.aLab();
    await lab.start();
    await lab.podExists();
    await lab.podBecomes((pod) => pod.failed());
    await lab.until('failed');
    const requests = [lab.aRequest(), lab.aRequest()];
    const outcomes = await Promise.allSettled(requests.map((request) => lab.respawn(request)));
    const accepted = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));

    expect(refused).toMatchObject([conflict(lab)]);
    expect(accepted).toHaveLength(1);
    expect((await lab.record()).operation.id).toBe(accepted[0]?.operationId);
  });

  test('a create wins against another one that also found the pod missing', async () => {
    const lab = harness.aLab();
    await lab.startRunning();
    lab.cluster.losePod();
    const read = lab.cluster.hold('read');
    const outcomes = Promise.allSettled([lab.respawn(), lab.respawn()]);
    await eventually(
      async () => lab.cluster.count('read'),
      (count) => count === 2,
    );
    read.open();

    const refused = (await outcomes).flatMap((outcome) =>
      outcome.status === 'rejected' ? [outcome.reason] : [],
    );
    expect(refused).toMatchObject([conflict(lab)]);
  });

  test('a create that verifies a lab is refused when a deletion begins meanwhile', async () => {
    const lab = harness.aLab();
    await lab.startRunning();
    const read = lab.cluster.hold('read');
    const deletion = lab.cluster.hold('delete');
    const create = lab.respawn();
    create.catch(() => undefined);
    await read.entered;
    const { answer } = await lab.beginRemoval();
    await deletion.entered;
    lab.cluster.losePod();
    read.open();

    await expect(create).rejects.toMatchObject(conflict(lab));
    deletion.open();
    await answer;
  });
});

test('a create that still verifies the lab keeps the workflow open, and continues it', async () => {
  const lab = harness.aLab();
  await lab.startRunning();
  const { runId } = await lab.handle.describe();
  const read = lab.cluster.hold('read');
  const create = lab.respawn();
  await read.entered;
  await lab.remove();
  await eventually(
    async () => lab.cluster.namespace,
    (namespace) => namespace === null,
  );
  read.open();
  const { operationId } = await create;

  await completes(lab, operationId);
  expect((await lab.handle.describe()).runId).toBe(runId);
});

describe('a delete', () => {
  test('a delete cancels a spawn and removes what it has made', async () => {
    const lab = harness.aLab();
    await lab.start();
    await lab.podExists();
    await lab.remove();

    expect(lab.cluster.pod).toBeNull();
    expect(await lab.untilClosed()).toBe('COMPLETED');
    expect(lab.cluster.namespace).toBeNull();
    recordHistory('delete-during-spawn', lab.username);
  });

  test('a delete joins a deletion that is running, and shares its outcome', async () => {
    const lab = harness.aLab();
    await lab.startRunning();
    const deletion = lab.cluster.hold('delete');
    const deletes = await Promise.all([lab.beginRemoval(), lab.beginRemoval(), lab.beginRemoval()]);
    await deletion.entered;
    const { operation } = await lab.record();
    deletion.open();

    await expect(Promise.all(deletes.map(({ answer }) => answer))).resolves.toHaveLength(3);
    expect(deletes.map(({ operationId }) => operationId)).toContain(operation.id);
    expect(lab.cluster.count('delete')).toBe(1);
    expect(await lab.untilClosed()).toBe('COMPLETED');
  });

  test('a delete shares also the failure of the deletion it joins', async () => {
    const lab = harness.aLab();
    await lab.startRunning();
    const deletion = lab.cluster.hold('delete');
    const forbidden = ApplicationFailure.create({ type: 'KubernetesForbidden', nonRetryable: true });
    lab.cluster.break('delete', forbidden);
    const deletes = await Promise.all([lab.beginRemoval(), lab.beginRemoval()]);
    await deletion.entered;
    deletion.open();
    const outcomes = await Promise.allSettled(deletes.map(({ answer }) => answer));

    expect(outcomes).toMatchObject([
      { reason: { cause: { type: 'delete_failed' } } },
      { reason: { cause: { type: 'delete_failed' } } },
    ]);
  });

  test.each(['running', 'failed', 'terminated'] as const)(
    'a delete removes a lab that is %s',
    async (status) => {
      const lab = harness.aLab();
      await lab.start();
      await lab.podExists();
      if (status !== 'failed') await lab.podRuns();
      if (status !== 'running') await lab.podBecomes((pod) => pod.failed());
      await lab.until(status);
      await lab.remove();

      expect(lab.cluster.pod).toBeNull();
      expect(await lab.untilClosed()).toBe('COMPLETED');
      expect(lab.cluster.namespace).toBeNull();
    },
  );

  test('a delete is refused because the lab is unknown once its pod is gone', async () => {
    const lab = harness.aLab();
    await lab.startRunning();
    const removal = lab.cluster.hold('deleteNamespace');
    await lab.remove();
    await removal.entered;

    await expect(lab.remove()).rejects.toMatchObject({ cause: { type: 'unknown_user' } });
    removal.open();
    expect(await lab.untilClosed()).toBe('COMPLETED');
  });
});
