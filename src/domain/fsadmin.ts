import type { FailureReason } from './lab-end';
import type { Sealed, SealedConfiguration } from './lab-plan';
import type { PodPhase } from './pod';

/*
 * The pod for file system administration: one for an installation, privileged, with every volume of labs mounted
 * writable.
 */

/** The pod as it was read. */
export interface FsadminPod {
  readonly name: string;
  readonly uid: string;
  readonly phase: PodPhase;
  readonly isDeleting: boolean;
  /** RFC 3339 in UTC, to the second: when a kubelet took the pod; null before. */
  readonly startTime: string | null;
}

/** A pod for file system administration, or a claim of one. */
export interface FsadminObject {
  readonly kind: 'Pod' | 'PersistentVolumeClaim';
  readonly name: string;
  readonly uid: string;
}

/** All that the controller's namespace has of file system administration, also of earlier configurations. */
export interface FsadminObjectsFound {
  readonly namespace: string;
  /** The pod's name by the present configuration. */
  readonly podName: string;
  readonly pods: readonly FsadminPod[];
  readonly claims: readonly FsadminObject[];
}

/** A pod that runs and is not being deleted. */
export type RunningFsadmin = FsadminPod & { readonly phase: 'Running'; readonly startTime: string };

/** Whether this pod can be used. */
export function isRunning(pod: FsadminPod): pod is RunningFsadmin {
  return pod.phase === 'Running' && !pod.isDeleting && pod.startTime !== null;
}

/** The state of a pod for callers: its phase, or that it is being deleted. */
export function phaseOf({ isDeleting, phase }: FsadminPod): PodPhase | 'Terminating' {
  return isDeleting ? 'Terminating' : phase;
}

/** The pod that has the configured name; null without one. */
export function configuredPod({ podName, pods }: FsadminObjectsFound): FsadminPod | null {
  return pods.find(({ name }) => name === podName) ?? null;
}

/** The states of file system administration, as operators see them. */
export type FsadminStatus = 'absent' | 'pending' | 'running' | 'terminating' | 'failed';

/** The record that the workflow publishes for operators. */
export interface FsadminRecord {
  readonly status: FsadminStatus;
  /** RFC 3339 instant of the last change of the status. */
  readonly since: string;
  /** Of a running pod. */
  readonly startTime: string | null;
  /** Why it has failed; null in any other status. */
  readonly failure: { readonly reason: FailureReason; readonly message: string } | null;
  /** Who asked for the last start or removal; null for callers without a name and before the first. */
  readonly requester: string | null;
}

/** Timeouts and intervals in milliseconds, fixed when a request is made. */
export interface FsadminTimeouts {
  /** Of a whole operation, with its wait for those before it. */
  readonly operationMs: number;
  /** Interval of reads while nothing is requested. */
  readonly checkMs: number;
  /** One request to the API server. */
  readonly kubernetesRequestMs: number;
}

/** A request to read or to remove the pod. */
export interface FsadminRequest {
  /** Name of the caller; null for a caller without one. */
  readonly requester: string | null;
  readonly timeouts: FsadminTimeouts;
}

/** A request for the pod, before it is sealed. */
export interface UnsealedFsadminStart extends FsadminRequest {
  /** Labels the objects; a valid label value. */
  readonly operationId: string;
  /** The configuration that the pod is built from. */
  readonly configuration: SealedConfiguration;
  /** RFC 3339 instant at which the API accepted it. */
  readonly acceptedAt: string;
}

/** A request for the pod, which only the API can make: it is sealed as a whole. */
export interface FsadminStart extends UnsealedFsadminStart {
  readonly seal: Sealed;
}

/** Least time for which a request can be carried out: clocks differ, and a worker may be away for a moment. */
const MIN_VALIDITY_MS = 300_000;

/** When a request for the pod expires, in milliseconds of the epoch; NaN where its instant cannot be read. */
export function startExpiry({ acceptedAt, timeouts }: UnsealedFsadminStart): number {
  return Date.parse(acceptedAt) + Math.max(2 * timeouts.operationMs, MIN_VALIDITY_MS);
}

/** Type of the failure with which a creation ends when another creation's object has the name of one of its own. */
export const OBJECT_IN_THE_WAY = 'FsadminObjectInTheWay';
