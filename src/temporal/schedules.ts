import { type Client, ScheduleAlreadyRunning, type ScheduleOptions } from '@temporalio/client';
import { TASK_QUEUES } from './ids';

/** The schedule of reconciliation passes; operators trigger and pause it by this ID. */
export const RECONCILE_SCHEDULE_ID = 'reconcile-labs';

/** A pass that takes longer has met something that a new one may not. */
const PASS_TIMEOUT_MS = 900_000;

/**
 * Makes sure that reconciliation passes run every `everyMs` milliseconds, and lets one run now unless one is
 * under way. Several processes may do this at once. A schedule that operators have paused stays so.
 */
export async function scheduleReconciliation({ schedule }: Client, everyMs: number): Promise<void> {
  const options = {
    spec: { intervals: [{ every: everyMs }] },
    action: {
      type: 'startWorkflow',
      workflowType: 'reconcile',
      workflowId: RECONCILE_SCHEDULE_ID,
      taskQueue: TASK_QUEUES.controller,
      workflowRunTimeout: PASS_TIMEOUT_MS,
      staticSummary: 'Reconciliation of labs',
    },
    policies: { overlap: 'SKIP', catchupWindow: '1m' },
  } satisfies Omit<ScheduleOptions, 'scheduleId'>;
  const handle = schedule.getHandle(RECONCILE_SCHEDULE_ID);
  try {
    await schedule.create({ scheduleId: RECONCILE_SCHEDULE_ID, ...options });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await handle.update(({ state }) => ({ ...options, state }));
  }
  const { state } = await handle.describe();
  if (!state.paused) await handle.trigger('SKIP');
}
