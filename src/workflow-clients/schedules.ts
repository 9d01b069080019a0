import type { PassSchedule } from '../temporal/schedules';
import { TASK_QUEUES } from './names';

/** A pass that takes longer has met something that a new one may not. */
export const PASS_TIMEOUT_MS = 900_000;

/** Passes that run again and again. Operators trigger and pause a schedule by its ID, which workflow IDs begin with. */
export const SCHEDULES = {
  reconcile: {
    scheduleId: 'reconcile-labs',
    workflowType: 'reconcile',
    taskQueue: TASK_QUEUES.controller,
    runTimeoutMs: PASS_TIMEOUT_MS,
    summary: 'Reconciliation of labs',
  },
  reconcileFileServers: {
    scheduleId: 'reconcile-file-servers',
    workflowType: 'reconcileFileServers',
    taskQueue: TASK_QUEUES.controller,
    runTimeoutMs: PASS_TIMEOUT_MS,
    summary: 'Reconciliation of file servers',
  },
  refreshImages: {
    scheduleId: 'refresh-images',
    workflowType: 'refreshImages',
    taskQueue: TASK_QUEUES.controller,
    runTimeoutMs: PASS_TIMEOUT_MS,
    summary: 'Refresh of what is known of images',
  },
} as const satisfies Readonly<Record<string, PassSchedule>>;

/** The type of a workflow that a schedule starts. */
export type ScheduledWorkflow = keyof typeof SCHEDULES;
