import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleDescription,
  ScheduleNotFoundError,
  type ScheduleOptions,
} from '@temporalio/client';

/** A schedule whose workflow, a pass, runs again and again, one at a time. */
export interface PassSchedule {
  /** By this ID operators trigger and pause it; the IDs of its workflows begin with it. */
  readonly scheduleId: string;
  readonly workflowType: string;
  readonly taskQueue: string;
  /** Limit of one pass, in milliseconds. */
  readonly runTimeoutMs: number;
  readonly summary: string;
}

/**
 * Makes sure that the passes of a schedule run every `everyMs` milliseconds, and lets one run now, or after the one
 * under way. Several processes may do this at once. A schedule that operators have paused stays so.
 */
export async function schedulePasses(
  { schedule }: Client,
  { runTimeoutMs, scheduleId, summary, taskQueue, workflowType }: PassSchedule,
  everyMs: number,
): Promise<void> {
  const options = {
    spec: { intervals: [{ every: everyMs }] },
    action: {
      type: 'startWorkflow',
      workflowType,
      workflowId: scheduleId,
      taskQueue,
      workflowRunTimeout: runTimeoutMs,
      staticSummary: summary,
    },
    policies: { overlap: 'SKIP', catchupWindow: '1m' },
  } satisfies Omit<ScheduleOptions, 'scheduleId'>;
  const handle = schedule.getHandle(scheduleId);
  try {
    await schedule.create({ scheduleId, ...options });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await handle.update(({ state }) => ({ ...options, state }));
  }
  const { state } = await handle.describe();
  if (!state.paused) await handle.trigger('BUFFER_ONE');
}

/** Ends the passes of a schedule for good, where there are any. */
export async function unschedulePasses(
  { schedule }: Client,
  { scheduleId }: Pick<PassSchedule, 'scheduleId'>,
): Promise<void> {
  try {
    await schedule.getHandle(scheduleId).delete();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}

/** Describes a schedule; null without one. */
export async function describeSchedule(
  { schedule }: Client,
  { scheduleId }: Pick<PassSchedule, 'scheduleId'>,
): Promise<ScheduleDescription | null> {
  try {
    return await schedule.getHandle(scheduleId).describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

/** Lets a pass run now unless one is under way, or the schedule is paused or not there. */
export async function triggerPass(client: Client, schedule: Pick<PassSchedule, 'scheduleId'>): Promise<void> {
  const description = await describeSchedule(client, schedule);
  if (!description || description.state.paused) return;
  await client.schedule.getHandle(schedule.scheduleId).trigger('SKIP');
}
