import type { Client } from '@temporalio/client';
import { z } from 'zod';
import { describeLatestRun, ensureOpen, isOpen } from '../temporal/calls';
import { labsReconciled, type ReconciliationFacts } from '../workflows/reconciliation-record/messages';
import { FIRST_PASS_ID, RECONCILIATION_RECORD_ID, TASK_QUEUES } from './names';
import { PASS_TIMEOUT_MS } from './schedules';

/** Keeps the memo below Temporal's limit of 2 MiB. */
const MAX_UNSETTLED = 10_000;

const memoSchema = z.object({ reconciliation: z.object({ unsettled: z.array(z.string()) }) });

/**
 * The record that labs have been reconciled since Temporal's data began, with the unadopted labs of the latest pass.
 */
export interface ReconciliationRecord extends ReconciliationFacts {
  /** Changes when Temporal has lost its data or the record has continued as new. */
  readonly runId: string;
}

/**
 * Reads the record, strongly consistent and without a worker. Null until the first pass over Temporal's present data
 * has ended, and for an unreadable record of a newer version: then no user is reported to have no lab.
 */
export async function readReconciliation(client: Client): Promise<ReconciliationRecord | null> {
  const description = await describeLatestRun(client, RECONCILIATION_RECORD_ID);
  if (!description || !isOpen(description)) return null;
  const { data } = memoSchema.safeParse(description.memo);
  return data ? { runId: description.runId, ...data.reconciliation } : null;
}

/** Publishes the result of a pass, and starts the workflow that holds it where there is none. */
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
 * @throws Error when Temporal has lost the run of the pass, and with it the labs that the pass adopted.
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

/**
 * Starts a pass now without the schedule, which may be paused or not exist yet; does nothing while one is under way.
 */
export async function startFirstPass(client: Client): Promise<void> {
  await ensureOpen<() => Promise<void>>(client, 'reconcile', {
    workflowId: FIRST_PASS_ID,
    taskQueue: TASK_QUEUES.controller,
    workflowRunTimeout: PASS_TIMEOUT_MS,
    staticSummary: 'Reconciliation of labs, out of turn',
  });
}
