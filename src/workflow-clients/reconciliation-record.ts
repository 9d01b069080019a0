import type { Client } from '@temporalio/client';
import { z } from 'zod';
import { describeLatestRun, isOpen } from '../temporal/calls';
import { labsReconciled, type ReconciliationFacts } from '../workflows/reconciliation-record/messages';
import { FIRST_PASS_ID, RECONCILIATION_RECORD_ID, TASK_QUEUES } from './ids';
import { PASS_TIMEOUT_MS } from './schedules';

/** Bounds the memo, which Temporal allows 2 MiB. */
const MAX_UNSETTLED = 10_000;

const memoSchema = z.object({ reconciliation: z.object({ unsettled: z.array(z.string()) }) });

/** That labs have been reconciled since Temporal's data began, and what the latest pass has left open. */
export interface ReconciliationRecord extends ReconciliationFacts {
  /** The same as long as Temporal's data are the same and the record has not continued as new. */
  readonly runId: string;
}

/**
 * Reads the record as of now; the server answers by itself, without a worker. Null until the first pass over
 * Temporal's present data has ended, and for a record of a newer version that this one cannot read: then nobody is
 * answered that they have no lab.
 */
export async function readReconciliation(client: Client): Promise<ReconciliationRecord | null> {
  const description = await describeLatestRun(client, RECONCILIATION_RECORD_ID);
  if (!description || !isOpen(description)) return null;
  const { data } = memoSchema.safeParse(description.memo);
  return data ? { runId: description.runId, ...data.reconciliation } : null;
}

/** Publishes the outcome of a pass and starts the workflow that holds it where there is none. */
export async function publishReconciliation(client: Client, facts: ReconciliationFacts): Promise<void> {
  if (facts.unsettled.length > MAX_UNSETTLED) {
    throw new Error(`${facts.unsettled.length} labs could not be adopted, which is too many to go on`);
  }
  await client.workflow.signalWithStart<() => Promise<void>, [ReconciliationFacts]>('reconciliationRecord', {
    workflowId: RECONCILIATION_RECORD_ID,
    taskQueue: TASK_QUEUES.controller,
    signal: labsReconciled,
    signalArgs: [facts],
    memo: { reconciliation: { unsettled: facts.unsettled } },
    staticSummary: 'Whether labs have been reconciled',
  });
}

/**
 * As `publishReconciliation`, for a pass that is under way.
 *
 * @throws Error when Temporal does not know its run any more: what it adopted was then lost with its data.
 */
export async function publishOutcome(
  client: Client,
  facts: ReconciliationFacts,
  { workflowId, runId }: { readonly workflowId: string; readonly runId: string },
): Promise<void> {
  const pass = await client.workflow.getHandle(workflowId, runId).describe();
  if (!isOpen(pass)) throw new Error(`the pass is ${pass.status.name}`);
  await publishReconciliation(client, facts);
}

/** Starts a pass now, without the schedule, which may be paused or not there yet; joins one started so before. */
export async function startFirstPass(client: Client): Promise<void> {
  await client.workflow.start('reconcile', {
    workflowId: FIRST_PASS_ID,
    taskQueue: TASK_QUEUES.controller,
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowRunTimeout: PASS_TIMEOUT_MS,
    staticSummary: 'Reconciliation of labs, out of turn',
  });
}
