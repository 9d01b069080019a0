import { LAB_CONTAINER_NAME } from './names';

/** Kubernetes pod phases. */
export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';

/** What a lab's workflow needs to know of its pod, as read or watched. */
export interface PodObservation {
  readonly uid: string;
  readonly resourceVersion: string;
  /** The spawn that created the pod, from its label; null for labs made by other controllers. */
  readonly spawnId: string | null;
  readonly phase: PodPhase;
  readonly podIp: string | null;
  /** Whether the lab's own container runs, and is ready where it can tell. */
  readonly isLabRunning: boolean;
  /** Whether the pod has a deletion timestamp. */
  readonly isDeleting: boolean;
  /** Why the pod or its container ended or cannot start, in a word such as `OOMKilled`. */
  readonly reason: string | null;
  /** The same for people. */
  readonly message: string | null;
  /** The container, also an init container, that this is about; null when it is about the pod itself. */
  readonly container: string | null;
  /** The image of that container. */
  readonly image: string | null;
  /** Exit code of that container, else of the lab's own, once it has ended. */
  readonly exitCode: number | null;
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

/**
 * Whether an observation says something newer than another of the same pod. Resource versions of one
 * resource grow (KEP-5504); an observation that cannot be compared counts as newer.
 */
export function isNewer(candidate: PodObservation, known: PodObservation): boolean {
  if (candidate.uid !== known.uid) return true;
  const digits = /^\d+$/;
  if (!digits.test(candidate.resourceVersion) || !digits.test(known.resourceVersion)) return true;
  return BigInt(candidate.resourceVersion) > BigInt(known.resourceVersion);
}

/** Says in a sentence how a finished pod ended. */
export function endOfPod(
  pod: Pick<PodObservation, 'phase' | 'reason' | 'message' | 'container' | 'exitCode'>,
): string {
  const isInit = pod.container !== null && pod.container !== LAB_CONTAINER_NAME;
  const details = [
    isInit ? `init container ${pod.container}` : null,
    pod.reason,
    pod.message,
    pod.exitCode === null ? null : `exit code ${pod.exitCode}`,
  ];
  const known = details.filter((detail) => detail !== null).join(', ');
  const end = pod.phase === 'Failed' ? 'The lab pod failed' : 'The lab pod finished';
  return known === '' ? end : `${end}: ${known}`;
}
