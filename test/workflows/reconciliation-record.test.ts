import { WorkflowNotFoundError } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { RECONCILIATION_RECORD_ID, TASK_QUEUES } from '../../src/temporal/ids';
import {
  publishOutcome,
  publishReconciliation,
  type ReconciliationRecord,
  readReconciliation,
} from '../../src/temporal/reconciliation-record';
import { eventually } from '../support/eventually';
import { recordRun } from '../support/history-recorder';
import { type OwnNamespace, ownNamespace } from '../support/own-namespace';
import { quietenRuntime } from '../support/quiet-runtime';
import { type RestartableWorker, restartableWorker } from '../support/restartable-worker';
import { theStack } from '../support/stack';
import { workflowBundle } from '../support/workflow-bundle';

let native: NativeConnection;
let temporal: OwnNamespace;
let worker: RestartableWorker;

beforeAll(async () => {
  quietenRuntime();
  native = await NativeConnection.connect({ address: theStack().temporal.address });
});

/** The workflow has the same ID everywhere, so each test has a Temporal namespace of its own. */
beforeEach(async () => {
  temporal = await ownNamespace(theStack().temporal.address);
  worker = await restartableWorker({
    connection: native,
    namespace: temporal.name,
    taskQueue: TASK_QUEUES.controller,
    workflowBundle: await workflowBundle(),
  });
});

afterEach(async () => {
  await handle()
    .terminate()
    .catch(() => undefined);
  await worker.stop();
  await temporal.connection.close();
});

afterAll(() => native.close());

const handle = () => temporal.client.workflow.getHandle(RECONCILIATION_RECORD_ID);
const read = () => readReconciliation(temporal.client);
const publish = (...unsettled: string[]) => publishReconciliation(temporal.client, { unsettled });
const untilRead = (isReached: (record: ReconciliationRecord | null) => boolean) =>
  eventually(read, isReached);

const record = (name: string) =>
  recordRun(name, { workflowId: RECONCILIATION_RECORD_ID, namespace: temporal.name }, (text) =>
    text.replaceAll(temporal.name, 'default'),
  );

test('there is no record before a pass has ended, and one at once afterwards, without a worker', async () => {
  await worker.stop();
  expect(await read()).toBeNull();

  await publish('rachel');
  expect(await read()).toMatchObject({ unsettled: ['rachel'] });
});

test('a later pass changes who is unsettled, in the same run', async () => {
  await publish('rachel');
  const first = await read();
  await publish();

  const latest = await untilRead((found) => found?.unsettled.length === 0);
  expect(latest?.runId).toBe(first?.runId);
  record('reconciliation-record');
});

test('a record that was terminated is none, and the next pass begins a new one', async () => {
  await publish();
  const first = await read();
  await handle().terminate();
  expect(await read()).toBeNull();

  await publish();
  const second = await read();
  expect(second?.runId).toEqual(expect.any(String));
  expect(second?.runId).not.toBe(first?.runId);
});

test('a pass of which Temporal knows nothing any more leaves no record', async () => {
  const lost = { workflowId: 'reconcile-labs-first', runId: '01a22392-a4b0-7dd1-860a-f2703f1b1a09' };

  await expect(publishOutcome(temporal.client, { unsettled: [] }, lost)).rejects.toThrow(
    WorkflowNotFoundError,
  );
  expect(await read()).toBeNull();
});

test('with a long history it continues as new and forgets nothing', async () => {
  await publish('rachel');
  const first = await read();
  const padding = 'x'.repeat(1_500_000);
  for (let count = 0; count < 3; count += 1) {
    await handle().signal('labsReconciled', { unsettled: ['rachel', 'lise'], padding });
  }
  const latest = await eventually(
    async () => {
      await publish('lise', 'rachel');
      return read();
    },
    (found) => found?.runId !== first?.runId,
  );

  expect(latest?.unsettled).toEqual(['lise', 'rachel']);
  record('reconciliation-record-continued-as-new');
});
