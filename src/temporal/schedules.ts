import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleDescription,
  ScheduleNotFoundError,
  type ScheduleOptions,
} from '@temporalio/client';
import { TASK_QUEUES } from './ids';

/** Schedules of passes. Operators trigger and pause a schedule by its ID, with which the workflow IDs begin. */
export const SCHEDULES = {
  reconcile: { scheduleId: 'reconcile-labs', summary: 'Reconciliation of labs' },
  refreshImages: { scheduleId: 'refresh-images', summary: 'Refresh of what is known of images' },
} as const;

/** The type of a workflow that a schedule starts. */
export type ScheduledWorkflow = keyof typeof SCHEDULES;

/** Timeout of a pass; the next one may succeed where this one hangs. */
export const PASS_TIMEOUT_MS = 900_000;

/**
 * Creates or updates the schedule of a type so that passes run every `everyMs` milliseconds, and triggers one now, or
 * after the one under way. Several processes may do this at once. A paused schedule stays paused.
 */
export async function schedulePasses(
  { schedule }: Client,
  workflowType: ScheduledWorkflow,
  everyMs: number,
): Promise<void> {
  const { scheduleId, summary } = SCHEDULES[workflowType];
  const options = {
    spec: { intervals: [{ every: everyMs }] },
    action: {
      type: 'startWorkflow',
      workflowType,
      workflowId: scheduleId,
      taskQueue: TASK_QUEUES.controller,
      workflowRunTimeout: PASS_TIMEOUT_MS,
      staticSummary: summary,
    },
    policies: { overlap: 'SKIP', catchupWindow: '1m' },
  } satisfies Omit<ScheduleOptions, 'scheduleId'>;
  try {
    // In one step: a pass that is asked for afterwards would be lost with a failure in between.
    await schedule.create({ scheduleId, ...options, state: { triggerImmediately: true } });
    return;
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
  const handle = schedule.getHandle(scheduleId);
  await handle.update(({ state }) => ({ ...options, state }));
  const { state } = await handle.describe();
  if (!state.paused) await handle.trigger('BUFFER_ONE');
}

/** Deletes the schedule of a type, if it exists. */
export async function unschedulePasses({ schedule }: Client, workflowType: ScheduledWorkflow): Promise<void> {
  try {
    await schedule.getHandle(SCHEDULES[workflowType].scheduleId).delete();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}

/** Describes the schedule of a type; null without one. */
export async function describeSchedule(
  { schedule }: Client,
  workflowType: ScheduledWorkflow,
): Promise<ScheduleDescription | null> {
  try {
    return await schedule.getHandle(SCHEDULES[workflowType].scheduleId).describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

/** Triggers a pass unless one is under way, or the schedule is paused or does not exist. */
export async function triggerPass(client: Client, workflowType: ScheduledWorkflow): Promise<void> {
  const description = await describeSchedule(client, workflowType);
  if (!description || description.state.paused) return;
  await client.schedule.getHandle(SCHEDULES[workflowType].scheduleId).trigger('SKIP');
}
