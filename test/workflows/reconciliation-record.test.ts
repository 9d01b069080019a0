import { WorkflowNotFoundError } from '@temporalio/client';
import { RECONCILIATION_RECORD_ID } from '../../src/workflow-clients/names';
import {
  publishOutcome,
  publishReconciliation,
  type ReconciliationRecord,
  readReconciliation,
} from '../../src/workflow-clients/reconciliation-record';
import { eventually } from '../support/eventually';
import type { OwnNamespace } from '../support/own-namespace';
import { type OwnWorkflows, startOwnWorkflows } from '../support/own-workflows';

let workflows: OwnWorkflows;
let temporal: OwnNamespace;

/** The workflow has the same ID everywhere, so each test has a Temporal namespace of its own. */
beforeEach(async () => {
  workflows = await startOwnWorkflows();
  temporal = workflows.temporal;
});

afterEach(() => workflows.close());

const handle = () => temporal.client.workflow.getHandle(RECONCILIATION_RECORD_ID);
const read = () => readReconciliation(temporal.client);
const publish = (...unsettled: string[]) => publishReconciliation(temporal.client, { unsettled });
const untilRead = (isReached: (record: ReconciliationRecord | null) => boolean) =>
  eventually(read, isReached);

test('there is no record before a pass has ended, and one at once afterwards, without a worker', async () => {
  await workflows.worker.stop();
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
  workflows.record('reconciliation-record', RECONCILIATION_RECORD_ID);
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

test('a pass that Temporal has lost leaves no record', async () => {
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
  workflows.record('reconciliation-record-continued-as-new', RECONCILIATION_RECORD_ID);
});
