import { defineSignal, defineUpdate } from '@temporalio/workflow';
import type { LabRecord, PastLab, RecoveredLab } from '../../domain/lab';
import type { LabPlan } from '../../domain/lab-plan';
import type { PodEvent, PodObservation } from '../../domain/pod';
import type { PodChange } from '../../domain/pod-change';

export type { PodChange } from '../../domain/pod-change';

/** How long a lab's phases may take, fixed when the spawn is accepted; all in milliseconds. */
export interface LabTimeouts {
  readonly spawnMs: number;
  readonly deleteMs: number;
  /** One request to the API server. */
  readonly kubernetesRequestMs: number;
  /** How long a read is tried again that is better given up than waited for. */
  readonly kubernetesRetryMs: number;
  /** How often the pod is read while it starts, in case the watcher told nothing. */
  readonly spawnCheckMs: number;
  /** The same while the lab runs. */
  readonly runCheckMs: number;
  /** The same while the pod is going away. */
  readonly deleteCheckMs: number;
  /** How long before its deadline a wait for the pod reads it for the last time. */
  readonly finalCheckMs: number;
  /** How long a failed lab stays readable before it is removed. */
  readonly failedRetentionMs: number;
  /** How long a lab that ended by itself stays readable before it is removed. */
  readonly terminatedRetentionMs: number;
  /** Grace period of the deletion of the pod. */
  readonly stopGraceMs: number;
  /** How long a lab may fail to get its image, or its container, before the spawn has failed. */
  readonly imagePullPatienceMs: number;
  /** How long a lab may fit on no node before the spawn has failed. */
  readonly unschedulablePatienceMs: number;
  /** How long a container may fail and be started again before the spawn has failed; absent in older requests. */
  readonly startRetryPatienceMs?: number;
  /** How long the container of a running lab may be down before the lab has ended; absent in older requests. */
  readonly restartPatienceMs?: number;
  /**
   * How long a pod that is being deleted is left to a node that cannot be reached, before it is removed without that;
   * null for ever. Absent in runs that began without it, like the next one.
   */
  readonly lostNodePatienceMs?: number | null;
  /** How long a spawn waits for a namespace that does not go by itself. */
  readonly stuckNamespacePatienceMs?: number;
  /** One request to the hub that tells of the lab's end; null or absent when it is not to be told. */
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

/** What a lab workflow starts from: a fresh request, a lab found, or itself before it continued as new. */
export type LabWorkflowInput =
  | { readonly kind: 'spawn'; readonly request: SpawnRequest }
  | { readonly kind: 'adopt'; readonly adoption: Adoption }
  | { readonly kind: 'resume'; readonly snapshot: LabSnapshot };

/** The workflow of type `lab`. */
export type LabWorkflow = (input: LabWorkflowInput) => Promise<void>;

/** A quiet lab's state, carried over a continue-as-new. */
export interface LabSnapshot {
  readonly version: 1;
  readonly record: LabRecord;
  /** Where objects of the lab are; differs from the record's when an earlier lab could not be removed. */
  readonly namespace: string;
  readonly timeouts: LabTimeouts;
  readonly pod: PodObservation | null;
  /** The spawn that the objects are labelled with; absent in snapshots of earlier versions, as is the next one. */
  readonly spawnId?: string | null;
  /** UID of the namespace where it was found, not made. */
  readonly namespaceUid?: string | null;
  /** Labs that the workflow held before, newest first. */
  readonly pastLabs?: readonly PastLab[];
}

export interface ShutdownRequest {
  readonly operationId: string;
  /** Who asked for it, by name; null or absent for a hub. */
  readonly requester?: string | null;
}

/** The JSON argument of `temporal workflow signal --name forceShutdown`; every field is optional. */
export interface ForceShutdownRequest {
  /** Why, for the record. */
  readonly reason?: string;
}

/** What happened to a pod since it was last told, each list oldest first. */
export interface PodNews {
  readonly changes: readonly PodChange[];
  /** Kubernetes events, while the pod starts. */
  readonly events: readonly PodEvent[];
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

/** What the watcher saw of the pod. A hint: it may repeat, come late, or concern an earlier pod. */
export const podNews = defineSignal<[PodNews]>('podNews');

/** A running lab's pod may be gone: the workflow reads it now and decides. */
export const checkPod = defineSignal('checkPod');
