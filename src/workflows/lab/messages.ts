import { defineSignal, defineUpdate } from '@temporalio/workflow';
import type { LabRecord, PastLab, RecoveredLab } from '../../domain/lab';
import type { LabPlan } from '../../domain/lab-plan';
import type { PodObservation } from '../../domain/pod';
import type { PodNews } from '../../domain/pod-change';

/** How long a lab's phases may take, fixed when the spawn is accepted; all in milliseconds. */
export interface LabTimeouts {
  readonly spawnMs: number;
  readonly deleteMs: number;
  /** One request to the API server. */
  readonly kubernetesRequestMs: number;
  /** How long a read is retried without which the workflow can go on. */
  readonly kubernetesRetryMs: number;
  /** Interval of reads of the pod while it starts, in case the watcher missed a change. */
  readonly spawnCheckMs: number;
  /** The same while the lab runs. */
  readonly runCheckMs: number;
  /** The same while the pod is being deleted. */
  readonly deleteCheckMs: number;
  /** Time before the deadline of a wait for the pod at which the pod is read for the last time. */
  readonly finalCheckMs: number;
  /** How long a failed lab stays readable before it is removed. */
  readonly failedRetentionMs: number;
  /** How long a lab that ended by itself stays readable before it is removed. */
  readonly terminatedRetentionMs: number;
  /** Grace period of the deletion of the pod. */
  readonly stopGraceMs: number;
  /** How long the image, or the container, may fail to be pulled or created before the spawn has failed. */
  readonly imagePullPatienceMs: number;
  /** How long a pod may be unschedulable before the spawn has failed. */
  readonly unschedulablePatienceMs: number;
  /** How long a container may fail and be restarted before the spawn has failed; absent in older requests. */
  readonly startRetryPatienceMs?: number;
  /** How long the container of a running lab may be down before the lab has ended; absent in older requests. */
  readonly restartPatienceMs?: number;
  /**
   * How long a pod that is being deleted waits for an unreachable node before it is deleted without grace; null for
   * ever. Absent in older runs, like the next one.
   */
  readonly lostNodePatienceMs?: number | null;
  /** How long a spawn waits for an old namespace whose deletion is stuck. */
  readonly stuckNamespacePatienceMs?: number;
  /** Timeout of one request of the hub notification; null or absent when the hub is not to be notified. */
  readonly hubRequestMs?: number | null;
}

/** An accepted spawn request. */
export interface SpawnRequest {
  readonly operationId: string;
  readonly plan: LabPlan;
  readonly timeouts: LabTimeouts;
}

/** A lab that exists without a workflow. */
export interface Adoption {
  readonly lab: RecoveredLab;
  readonly timeouts: LabTimeouts;
}

/** Argument of a lab's workflow: a spawn request, an adoption, or the snapshot of the run that continued as new. */
export type LabWorkflowInput =
  | { readonly kind: 'spawn'; readonly request: SpawnRequest }
  | { readonly kind: 'adopt'; readonly adoption: Adoption }
  | { readonly kind: 'resume'; readonly snapshot: LabSnapshot };

/** The workflow of type `lab`. */
export type LabWorkflow = (input: LabWorkflowInput) => Promise<void>;

/** State of a lab that a continue-as-new carries over. */
export interface LabSnapshot {
  readonly version: 1;
  readonly record: LabRecord;
  /** Where objects of the lab are; differs from the record's when an earlier lab could not be removed. */
  readonly namespace: string;
  readonly timeouts: LabTimeouts;
  readonly pod: PodObservation | null;
  /** The spawn that the objects are labelled with; absent in snapshots of earlier versions, as is the next one. */
  readonly spawnId?: string | null;
  /** UID of the namespace of an adopted lab. */
  readonly namespaceUid?: string | null;
  /** Earlier labs of the workflow, newest first. */
  readonly pastLabs?: readonly PastLab[];
}

export interface ShutdownRequest {
  readonly operationId: string;
  /** Name of the caller; null or absent for a hub. */
  readonly requester?: string | null;
}

/** The JSON argument of `temporal workflow signal --name forceShutdown`; every field is optional. */
export interface ForceShutdownRequest {
  /** The operator's reason, which is recorded. */
  readonly reason?: string;
}

/**
 * Replaces a lab that has failed, ended, or is being removed.
 *
 * @throws ApplicationFailure of type `lab_exists` or `operation_in_progress`.
 */
export const spawn = defineUpdate<void, [SpawnRequest]>('spawn');

/**
 * Ends the lab; completes once its pod is gone. Joins a shutdown in progress.
 *
 * @throws ApplicationFailure of type `unknown_user` when the lab is already being removed, `delete_failed`
 *   when the pod could not be removed in time.
 */
export const shutdown = defineUpdate<void, [ShutdownRequest]>('shutdown');

/** An operator's order to end the lab now, whatever it is doing, without grace. */
export const forceShutdown = defineSignal<[ForceShutdownRequest?]>('forceShutdown');

/** A pod update from the watcher. It may repeat, come late, or concern an earlier pod. */
export const podNews = defineSignal<[PodNews]>('podNews');

/** A running lab's pod may be gone: the workflow reads the pod and decides. */
export const checkPod = defineSignal('checkPod');
