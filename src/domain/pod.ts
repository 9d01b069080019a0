import type { HomeReport } from './home-space';
import type { AddressProof } from './lab-address';
import { LAB_CONTAINER_NAME } from './names';

/** Kubernetes pod phases. */
export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';

/** The lab's own container. */
export interface LabContainer {
  /**
   * `waiting` has not run yet; `down` has ended, or failed to start again, and the kubelet starts it again; `ended` is
   * not started again, whatever the pod's other containers do.
   */
  readonly state: 'waiting' | 'running' | 'down' | 'ended';
  /** How often the kubelet has started it again. */
  readonly restarts: number;
}

/** What a lab's workflow needs to know of its pod, as read or watched. */
export interface PodObservation {
  readonly uid: string;
  readonly resourceVersion: string;
  /** The spawn that created the pod, from its label; null for labs made by other controllers. */
  readonly spawnId: string | null;
  readonly phase: PodPhase;
  readonly podIp: string | null;
  /** Proves to other processes that the controller has read this address from the pod. */
  readonly addressProof?: AddressProof;
  /** Whether the lab's own container runs, and is ready where it has a readiness probe. */
  readonly isLabRunning: boolean;
  /** Whether the pod has a deletion timestamp. */
  readonly isDeleting: boolean;
  /** Why the pod or its container ended or cannot start, such as `OOMKilled`. */
  readonly reason: string | null;
  /** The cluster's message about that. */
  readonly message: string | null;
  /** The container, also an init container, that this is about; null when it is about the pod itself. */
  readonly container: string | null;
  /** The image of that container. */
  readonly image: string | null;
  /** Exit code of that container, else of the lab's own, once it has ended. */
  readonly exitCode: number | null;
  /** Absent before the kubelet has reported the container, and in observations by earlier versions. */
  readonly lab?: LabContainer;
  /** Whether the container that this is about has ended and is started again by the pod's own policy. */
  readonly isRetried?: boolean;
  /** Whether the container that this is about only accompanies the lab, so that its end is not the lab's. */
  readonly isSidecar?: boolean;
  /** The node that the pod is on, where the control plane has lost contact with it; absent otherwise. */
  readonly lostNode?: string;
  /** What the check of the home directory has found lacking; absent otherwise, and in observations by earlier versions. */
  readonly home?: HomeReport;
  /** Finalizers of a pod that is being deleted; absent when there are none. */
  readonly finalizers?: readonly string[];
}

/** One occurrence of a Kubernetes event about a lab's pod. */
export interface PodEvent {
  readonly podUid: string;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** RFC 3339, the event's own time. */
  readonly time: string;
}

/** Whether all containers of a pod have ended for good. */
export function isFinished({ phase }: Pick<PodObservation, 'phase'>): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}

/** Whether the lab has ended by itself and is not started again: with its pod, or beside containers that still run. */
export function hasLabEnded(pod: Pick<PodObservation, 'phase' | 'lab' | 'isDeleting'>): boolean {
  return isFinished(pod) || (pod.lab?.state === 'ended' && !pod.isDeleting);
}

/**
 * Whether an observation is newer than another of the same pod. Resource versions of one resource grow (KEP-5504). An
 * observation that cannot be compared counts as newer.
 */
export function isNewer(candidate: PodObservation, known: PodObservation): boolean {
  if (candidate.uid !== known.uid) return true;
  const digits = /^\d+$/;
  if (!digits.test(candidate.resourceVersion) || !digits.test(known.resourceVersion)) return true;
  return BigInt(candidate.resourceVersion) > BigInt(known.resourceVersion);
}

/** A sentence on how a finished pod ended. */
export function endOfPod(
  pod: Pick<PodObservation, 'phase' | 'reason' | 'message' | 'container' | 'exitCode' | 'isSidecar'>,
): string {
  const isOther = pod.container !== null && pod.container !== LAB_CONTAINER_NAME;
  const details = [
    isOther ? `${pod.isSidecar ? 'container' : 'init container'} ${pod.container}` : null,
    pod.reason,
    pod.message,
    pod.exitCode === null ? null : `exit code ${pod.exitCode}`,
  ];
  const known = details.filter((detail) => detail !== null).join(', ');
  const end = pod.phase === 'Failed' ? 'The lab pod failed' : 'The lab pod finished';
  return known === '' ? end : `${end}: ${known}`;
}
