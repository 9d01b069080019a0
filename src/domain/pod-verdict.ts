import { isInit, type PodFailureReason, type Trouble, textOf } from './failure-texts';
import type { LabFailure } from './lab';
import { isFinished, type PodObservation } from './pod';

/** How long a starting pod may be in trouble that can pass; both in milliseconds. */
export interface StartPatience {
  readonly imagePullPatienceMs: number;
  readonly unschedulablePatienceMs: number;
}

/** Trouble of a starting pod that may pass. */
export interface Obstacle {
  /** What it comes to unless it passes. */
  readonly failure: LabFailure;
  readonly trouble: Trouble;
  /** When it was first met, in milliseconds of the epoch. */
  readonly sinceMs: number;
  /** When patience ends. */
  readonly untilMs: number;
}

/** What a spawn makes of its pod. */
export type StartVerdict =
  | { readonly kind: 'waiting'; readonly obstacle: Obstacle | null }
  | { readonly kind: 'started'; readonly podIp: string }
  | { readonly kind: 'failed'; readonly failure: LabFailure };

/** What the end of a pod makes of its running lab. */
export type RunEnd =
  | { readonly status: 'terminated'; readonly failure: LabFailure | null }
  | { readonly status: 'failed'; readonly failure: LabFailure };

/** Reasons of a container whose image no registry can have. */
export const INVALID_IMAGE: readonly string[] = ['InvalidImageName', 'ErrImageNeverPull'];
const CONFIG_ERRORS: readonly string[] = [
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'PreCreateHookError',
  'PreStartHookError',
  'PostStartHookError',
];
/** Reasons of a container whose image has not been pulled. */
export const IMAGE_PULL: readonly string[] = [
  'ErrImagePull',
  'ImagePullBackOff',
  'ImageInspectError',
  'RegistryUnavailable',
  'SignatureValidationFailed',
];

/** By kubelets, the scheduler, the eviction API and taints; `Terminated` is a node that shuts down. */
const EVICTIONS: readonly string[] = [
  'Evicted',
  'Preempting',
  'Terminated',
  'NodeShutdown',
  'EvictionByEvictionAPI',
  'PreemptionByScheduler',
  'DeletionByTaintManager',
  'TerminationByKubelet',
];

/** The pod garbage collector removes the pods of nodes that no longer exist. */
const NODE_LOST: readonly string[] = ['NodeLost', 'DeletionByPodGC'];

/**
 * Decides whether a spawn's pod has started, can still start, or has failed. `earlier` is the obstacle of the
 * last verdict: as long as trouble stays the same, patience counts from its first observation.
 */
export function judgeStart(
  pod: PodObservation,
  { nowMs, earlier }: { readonly nowMs: number; readonly earlier: Obstacle | null },
  patience: StartPatience,
): StartVerdict {
  // Its end is about to follow.
  if (pod.isDeleting && !isFinished(pod)) return { kind: 'waiting', obstacle: null };
  const reason = lastingTrouble(pod);
  if (reason) return { kind: 'failed', failure: { reason, message: textOf(reason, pod) } };
  const passing = passingTrouble(pod, patience);
  if (passing) {
    const obstacle = obstacleOf(pod, passing, nowMs, earlier);
    return nowMs < obstacle.untilMs
      ? { kind: 'waiting', obstacle }
      : { kind: 'failed', failure: obstacle.failure };
  }
  return pod.isLabRunning && pod.podIp !== null
    ? { kind: 'started', podIp: pod.podIp }
    : { kind: 'waiting', obstacle: null };
}

/** What has become of a running lab, or null while its pod lives. Restarts are the kubelet's business. */
export function judgeRun(pod: PodObservation): RunEnd | null {
  const disruption = disruptionOf(pod);
  if (disruption && (pod.phase === 'Unknown' || pod.reason === 'NodeLost')) {
    return { status: 'failed', failure: disruption };
  }
  if (pod.phase === 'Succeeded') return { status: 'terminated', failure: null };
  if (pod.phase !== 'Failed') return null;
  const reason = pod.reason === 'OOMKilled' ? 'OutOfMemory' : 'PodFailed';
  return { status: 'terminated', failure: disruption ?? { reason, message: textOf(reason, pod) } };
}

/** Why somebody else than the lab's controller is ending its pod, as far as Kubernetes says. */
export function disruptionOf(pod: PodObservation): LabFailure | null {
  const reason = decided(pod);
  return reason && { reason, message: textOf(reason, pod) };
}

function decided({ container, reason, phase }: PodObservation): 'NodeLost' | 'PodEvicted' | null {
  if (phase === 'Unknown') return 'NodeLost';
  if (container !== null || reason === null) return null;
  if (NODE_LOST.includes(reason)) return 'NodeLost';
  return EVICTIONS.includes(reason) ? 'PodEvicted' : null;
}

/** Trouble that will not pass. */
function lastingTrouble(pod: PodObservation): PodFailureReason | null {
  const decision = decided(pod);
  if (decision) return decision;
  if (pod.phase === 'Succeeded') return 'PodFinished';
  return (
    (pod.container === null ? null : containerTrouble(pod)) ?? (pod.phase === 'Failed' ? 'PodFailed' : null)
  );
}

function containerTrouble(pod: PodObservation): PodFailureReason | null {
  if (pod.reason === 'OOMKilled') return 'OutOfMemory';
  if (pod.reason === 'CrashLoopBackOff' || (pod.exitCode ?? 0) !== 0) {
    return isInit(pod) ? 'InitContainerFailed' : 'ContainerCrashed';
  }
  return INVALID_IMAGE.includes(pod.reason ?? '') ? 'InvalidImage' : null;
}

interface PassingTrouble {
  readonly reason: 'ContainerConfigError' | 'ImagePullFailed' | 'Unschedulable';
  readonly patienceMs: number;
}

function passingTrouble(
  { reason, container }: PodObservation,
  patience: StartPatience,
): PassingTrouble | null {
  if (reason === null) return null;
  const { imagePullPatienceMs, unschedulablePatienceMs } = patience;
  if (container === null) {
    return reason === 'Unschedulable' ? { reason, patienceMs: unschedulablePatienceMs } : null;
  }
  if (IMAGE_PULL.includes(reason)) return { reason: 'ImagePullFailed', patienceMs: imagePullPatienceMs };
  return CONFIG_ERRORS.includes(reason)
    ? { reason: 'ContainerConfigError', patienceMs: imagePullPatienceMs }
    : null;
}

function obstacleOf(
  pod: PodObservation,
  { reason, patienceMs }: PassingTrouble,
  nowMs: number,
  earlier: Obstacle | null,
): Obstacle {
  const same =
    earlier?.failure.reason === reason && earlier.trouble.container === pod.container ? earlier : null;
  // The back-off says only that it waits; the attempt before it said why.
  const isBackOff = pod.reason === 'ImagePullBackOff' && same !== null;
  const { phase, container, image, exitCode } = pod;
  const trouble = isBackOff
    ? same.trouble
    : { phase, reason: pod.reason, message: pod.message ?? pod.reason, container, image, exitCode };
  const sinceMs = same?.sinceMs ?? nowMs;
  const failure = { reason, message: textOf(reason, trouble) };
  return { failure, trouble, sinceMs, untilMs: sinceMs + patienceMs };
}
