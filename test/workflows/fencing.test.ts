import { labStart } from '../../src/workflow-clients/lab/executions';
import type { LabWorkflowInput } from '../../src/workflows/lab/messages';
import { aPod, timeouts } from '../support/builders';
import { eventually } from '../support/eventually';
import { uidOf } from '../support/fake-cluster';
import { aRecord } from '../support/record-builder';
import { startWorkflowHarness, type WorkflowHarness } from '../support/workflow-harness';

/** What the steps that change a lab's objects are asked to hit, and who decides that something else has to go. */

let harness: WorkflowHarness;

beforeAll(async () => {
  harness = await startWorkflowHarness();
});

afterAll(() => harness.close(), 30_000);

test('the steps that end a lab name its spawn and the UID of its pod', async () => {
  const lab = harness.aLab();
  const { operationId: spawnId } = await lab.startRunning();
  const podUid = lab.cluster.pod?.uid;
  await lab.remove();
  await lab.untilClosed();

  expect(lab.cluster.targets).toMatchObject([
    { spawnId, podUid, namespaceUid: null },
    { spawnId, podUid, namespaceUid: null },
  ]);
});

test('a forced end names them too', async () => {
  const lab = harness.aLab();
  const { operationId: spawnId } = await lab.startRunning();
  const podUid = lab.cluster.pod?.uid;
  await lab.force();
  await lab.untilClosed();

  expect(lab.cluster.targets[0]).toMatchObject({ spawnId, podUid });
  expect(lab.cluster.count('forcedDelete')).toBe(1);
});

test('a lab that has continued as new still has its spawn ID', async () => {
  const lab = harness.aLab({ runCheckMs: 100 });
  const { operationId: spawnId } = await lab.startRunning();
  const { runId } = await lab.handle.describe();
  await eventually(
    async () => (await lab.handle.describe()).runId,
    (current) => current !== runId,
  );
  const podUid = lab.cluster.pod?.uid;
  await lab.remove();
  await lab.untilClosed();

  expect(lab.cluster.targets).toMatchObject([{ spawnId, podUid }, { spawnId }]);
});

test('the spawn after a failed one removes its objects, and then uses its own spawn ID', async () => {
  const lab = harness.aLab();
  const { operationId: first } = await lab.start();
  await lab.podExists();
  await lab.podBecomes((pod) => pod.failed('Error', 1));
  await lab.until('failed');
  const { operationId: second } = await lab.respawn();
  await eventually(
    async () => lab.cluster.namespace,
    (namespace) => namespace === second,
  );
  await lab.podRuns();
  await lab.remove();
  await lab.untilClosed();

  const ended = lab.cluster.targets.map(({ spawnId }) => spawnId);
  expect([...new Set(ended)]).toEqual([first, second]);
});

test('a lab of another controller is ended by the UIDs of its objects', async () => {
  const lab = harness.aLab();
  const spawnId = null;
  lab.cluster.namespace = 'another controller';
  lab.cluster.pod = aPod(spawnId, 'foreign').running();
  const operation = { id: `adoption-of-${lab.username}`, kind: 'spawn', isAdopted: true } as const;
  const running = { status: 'running', internalUrl: 'http://10.0.0.1:8888/nb/user/x/' } as const;
  const record = { ...aRecord(lab.username), operation, ...running };
  const namespaceUid = uidOf('another controller');
  const adoption = {
    lab: { record, pod: lab.cluster.pod, environment: {}, namespaceUid },
    timeouts: timeouts(),
  };
  await harness.client.workflow.start<(input: LabWorkflowInput) => Promise<void>>('lab', {
    ...labStart(record),
    taskQueue: harness.taskQueue,
    args: [{ kind: 'adopt', adoption }],
  });
  await lab.remove();
  await lab.untilClosed();

  expect(lab.cluster.targets).toMatchObject([
    { spawnId, podUid: 'foreign', namespaceUid },
    { spawnId, namespaceUid },
  ]);
  expect(lab.cluster).toMatchObject({ namespace: null, pod: null });
});

test('a namespace of another spawn is removed by the workflow, by the UID that the creation has met', async () => {
  const lab = harness.aLab();
  lab.cluster.namespace = 'another';
  const { operationId } = await lab.start();
  await eventually(
    async () => lab.cluster.namespace,
    (namespace) => namespace === operationId,
  );
  await lab.podRuns();

  expect(lab.cluster.targets).toMatchObject([{ namespaceUid: uidOf('another') }]);
  expect(lab.cluster.count('delete')).toBe(0);
  expect((await lab.record()).obstacle).toBeUndefined();
  await lab.remove();
  await lab.untilClosed();
  expect(lab.cluster.targets.at(-1)).toMatchObject({ spawnId: operationId, namespaceUid: null });
});
