import { defineSignal, defineUpdate } from '@temporalio/workflow';
import type { FsadminRecord, FsadminRequest, FsadminStart, FsadminTimeouts } from '../../domain/fsadmin';

/** What the workflow starts from: its first request's timeouts, or itself before it continued as new. */
export interface FsadminInput {
  readonly version: 1;
  readonly timeouts: FsadminTimeouts;
  /** After a continue-as-new. */
  readonly record?: FsadminRecord;
}

/** The workflow of type `fsadmin`. */
export type FsadminWorkflow = (input: FsadminInput) => Promise<void>;

/** The answer about a pod that runs. */
export interface FsadminAnswer {
  /** RFC 3339 in UTC, to the second. */
  readonly startTime: string;
}

/** The JSON argument of `temporal workflow signal --name forceShutdown`; every field is optional. */
export interface ForceFsadminShutdown {
  /** The operator's reason, which is recorded. */
  readonly reason?: string;
}

/**
 * Reads the pod from the cluster. Like the next two it takes its turn, and fails with an ApplicationFailure whose type is a
 * code of the API: `not_found`, `invalid_phase`, `kubernetes_error`, `permission_denied`, `workflow_timeout`.
 */
export const inspectPod = defineUpdate<FsadminAnswer, [FsadminRequest]>('inspectPod');

/** Completes once the pod runs. One that runs is left as it is, any other one is replaced. */
export const startPod = defineUpdate<FsadminAnswer, [FsadminStart]>('startPod');

/** Removes the pod, then its claims; completes once they are gone, or where there is nothing. */
export const removePod = defineUpdate<void, [FsadminRequest]>('removePod');

/** An operator's order to remove the pod now, whatever is going on, without grace. */
export const forceShutdown = defineSignal<[ForceFsadminShutdown?]>('forceShutdown');
