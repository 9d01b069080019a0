import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { describeLatestRun, ensureOpen, isOpen } from '../temporal/calls';
import { decodePayload } from '../temporal/history';
import { TASK_QUEUES, watchWorkflowId } from './names';

/** The workflow whose one activity is the watch. */
export const WATCH_WORKFLOW_ID = watchWorkflowId('labs');

/** Starts the workflow of the watch unless it is open. Returns whether it was started. */
export async function ensureWatch(client: Client): Promise<boolean> {
  const description = await describeLatestRun(client, WATCH_WORKFLOW_ID);
  if (description && isOpen(description)) return false;
  await ensureOpen<() => Promise<void>>(client, 'watch', {
    workflowId: WATCH_WORKFLOW_ID,
    taskQueue: TASK_QUEUES.controller,
    staticSummary: 'Watch of all lab pods',
  });
  return true;
}

/** State of the watch as Temporal describes it. */
export interface WatchState {
  /** When its latest run began. */
  readonly startedAt: Date;
  /** When its last checkpoint was taken; null before the first one of the latest run, and when that is closed. */
  readonly checkpointAt: Date | null;
}

/** Reads the start and the last checkpoint of the watch; null where Temporal has no run of it. */
export async function readWatch(client: Client): Promise<WatchState | null> {
  const description = await describeLatestRun(client, WATCH_WORKFLOW_ID);
  if (!description) return null;
  const { raw, startTime } = description;
  const activity = raw.pendingActivities?.find(({ activityType }) => activityType?.name === 'watchLabs');
  const payload = activity?.heartbeatDetails?.payloads?.[0];
  const details =
    payload && (await decodePayload(client.options.loadedDataConverter, payload).catch(() => null));
  return { startedAt: startTime, checkpointAt: checkpointTime(activity?.lastHeartbeatTime, details) };
}

/**
 * The time of the checkpoint in the details of a heartbeat, at which the API server last answered; the time of the
 * heartbeat itself for watchers of earlier versions.
 */
function checkpointTime(heartbeat: Timestamp, details: unknown): Date | null {
  if (!heartbeat) return null;
  const heartbeatMs = Number(heartbeat.seconds ?? 0) * 1000 + (heartbeat.nanos ?? 0) / 1e6;
  const takenMs = Date.parse(Object(details)['takenAt']);
  return new Date(takenMs < heartbeatMs ? takenMs : heartbeatMs);
}

type PendingActivity = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];
type Timestamp = PendingActivity['lastHeartbeatTime'];

/**
 * Makes a function that returns the age of the watch's last checkpoint in seconds. For a run without a checkpoint it is
 * counted from the last observed one of earlier runs, else from the start of the run; where Temporal has no run at all,
 * from the call of this function. `now` is in milliseconds.
 */
export function watchCheckpointAge(client: Client, now: () => number = Date.now): () => Promise<number> {
  const calledAt = now();
  let seenAt: number | null = null;
  return async () => {
    const state = await readWatch(client);
    seenAt = state?.checkpointAt?.getTime() ?? seenAt;
    const since = seenAt ?? state?.startedAt.getTime() ?? calledAt;
    return Math.max(0, (now() - since) / 1000);
  };
}
