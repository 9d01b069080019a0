import { isInit, type PodFailureReason, type Trouble, textOf } from './failure-texts';
import type { LabFailure } from './lab';
import { LAB_CONTAINER_NAME } from './names';
import { hasLabEnded, isFinished, type PodObservation } from './pod';

/** How long a starting pod may be in trouble that can pass; all in milliseconds. */
export interface StartPatience {
  readonly imagePullPatienceMs: number;
  readonly unschedulablePatienceMs: number;
  /** With containers that fail and are started again; as with images where absent. */
  readonly startRetryPatienceMs?: number;
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
    : { kind: 'waiting', obstacle: earlier && isCrash(earlier) ? { ...earlier, untilMs: NEVER } : null };
}

/**
 * What has become of a running lab, or null while its own container lives, or is started again. Other containers of
 * the pod decide nothing.
 */
export function judgeRun(pod: PodObservation): RunEnd | null {
  const disruption = disruptionOf(pod);
  if (disruption && (pod.phase === 'Unknown' || pod.reason === 'NodeLost')) {
    return { status: 'failed', failure: disruption };
  }
  if (!hasLabEnded(pod)) return null;
  if (pod.phase === 'Succeeded' || isOrderlyEnd(pod)) return { status: 'terminated', failure: null };
  const reason = pod.reason === 'OOMKilled' ? 'OutOfMemory' : 'PodFailed';
  return { status: 'terminated', failure: disruption ?? { reason, message: textOf(reason, pod) } };
}

/** Whether the lab's own container is known to have ended without an error. */
function isOrderlyEnd({ lab, container, exitCode }: PodObservation): boolean {
  return lab?.state === 'ended' && container === LAB_CONTAINER_NAME && exitCode === 0;
}

/** Why somebody else than the lab's controller is ending its pod, as far as Kubernetes says. */
export function disruptionOf(pod: PodObservation): LabFailure | null {
  const reason = decided(pod);
  return reason && { reason, message: textOf(reason, pod) };
}

function decided({ container, reason, phase, lostNode }: PodObservation): 'NodeLost' | 'PodEvicted' | null {
  if (phase === 'Unknown') return 'NodeLost';
  if (container !== null || reason === null) return null;
  if (NODE_LOST.includes(reason)) return 'NodeLost';
  if (!EVICTIONS.includes(reason)) return null;
  return lostNode === undefined || phase === 'Pending' ? 'PodEvicted' : 'NodeLost';
}

/** Trouble that will not pass. */
function lastingTrouble(pod: PodObservation): PodFailureReason | null {
  const decision = decided(pod);
  if (decision) return decision;
  if (pod.phase === 'Succeeded' || (hasLabEnded(pod) && isOrderlyEnd(pod))) return 'PodFinished';
  const isLasting = pod.container !== null && !pod.isRetried && !pod.isSidecar;
  return (isLasting ? containerTrouble(pod) : null) ?? (pod.phase === 'Failed' ? 'PodFailed' : null);
}

/** What is wrong with the container that an observation is about, unless it may get well by itself. */
export function containerTrouble(pod: PodObservation): PodFailureReason | null {
  if (pod.reason === 'OOMKilled') return 'OutOfMemory';
  if (pod.reason === 'CrashLoopBackOff' || (pod.exitCode ?? 0) !== 0) {
    return isInit(pod) ? 'InitContainerFailed' : 'ContainerCrashed';
  }
  return INVALID_IMAGE.includes(pod.reason ?? '') ? 'InvalidImage' : null;
}

interface PassingTrouble {
  readonly reason: PodFailureReason;
  readonly patienceMs: number;
}

/** Patience that only the deadline of the spawn ends. */
const NEVER = Number.POSITIVE_INFINITY;

function passingTrouble(pod: PodObservation, patience: StartPatience): PassingTrouble | null {
  const { reason, container } = pod;
  const { imagePullPatienceMs, unschedulablePatienceMs } = patience;
  if (container === null) {
    return reason === 'Unschedulable' ? { reason, patienceMs: unschedulablePatienceMs } : null;
  }
  const crash = containerTrouble(pod);
  const wait = waitingTrouble(pod);
  if (pod.isSidecar) return withPatience(crash ?? wait, NEVER);
  if (wait) return { reason: wait, patienceMs: imagePullPatienceMs };
  return withPatience(crash, patience.startRetryPatienceMs ?? imagePullPatienceMs);
}

function withPatience(reason: PodFailureReason | null, patienceMs: number): PassingTrouble | null {
  return reason && { reason, patienceMs };
}

/** Why a container cannot be created yet. */
export function waitingTrouble({
  reason,
}: PodObservation): 'ContainerConfigError' | 'ImagePullFailed' | null {
  if (reason === null) return null;
  if (IMAGE_PULL.includes(reason)) return 'ImagePullFailed';
  return CONFIG_ERRORS.includes(reason) ? 'ContainerConfigError' : null;
}

const CRASHES: readonly string[] = [
  'ContainerCrashed',
  'InitContainerFailed',
  'OutOfMemory',
] satisfies PodFailureReason[];

/** Whether an obstacle is a container that ended: it is not overcome by another attempt as long as that one runs. */
function isCrash({ failure }: Obstacle): boolean {
  return CRASHES.includes(failure.reason);
}

function obstacleOf(
  pod: PodObservation,
  { reason, patienceMs }: PassingTrouble,
  nowMs: number,
  earlier: Obstacle | null,
): Obstacle {
  const isAlike =
    earlier?.failure.reason === reason || (CRASHES.includes(reason) && earlier && isCrash(earlier));
  const same = isAlike && earlier?.trouble.container === pod.container ? earlier : null;
  // The back-off says only that it waits; the attempt before it said why.
  const isBackOff = pod.reason === 'ImagePullBackOff' && same !== null;
  const { phase, container, image, exitCode, isSidecar } = pod;
  // Texts about crashes hold the reason as well.
  const message = pod.message ?? (CRASHES.includes(reason) ? null : pod.reason);
  const trouble = isBackOff
    ? same.trouble
    : { phase, reason: pod.reason, message, container, image, exitCode, isSidecar };
  const sinceMs = same?.sinceMs ?? nowMs;
  const failure = { reason, message: textOf(reason, trouble) };
  return { failure, trouble, sinceMs, untilMs: sinceMs + patienceMs };
}
