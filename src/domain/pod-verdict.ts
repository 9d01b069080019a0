import { failureMessage, isInit, type PodFailureReason, type Trouble } from './failure-messages';
import { homeSpaceText } from './home-space';
import { type Ending, EXITED, failedEnding, type LabFailure } from './lab-end';
import { LAB_CONTAINER_NAME } from './names';
import { hasLabEnded, isFinished, type PodObservation } from './pod';

/** How long a starting pod may be in trouble that can pass, in milliseconds. */
export interface StartPatience {
  readonly imagePullPatienceMs: number;
  readonly unschedulablePatienceMs: number;
  /** For containers that fail and are started again; that of images where absent. */
  readonly startRetryPatienceMs?: number;
}

/** Trouble of a starting pod that may pass. */
export interface Obstacle {
  /** The failure of the lab if it does not pass. */
  readonly failure: LabFailure;
  readonly trouble: Trouble;
  /** When it was first observed, in milliseconds of the epoch. */
  readonly sinceMs: number;
  /** When patience ends. */
  readonly untilMs: number;
}

/** What a spawn knows besides its pod. */
export interface StartSituation {
  readonly nowMs: number;
  readonly earlier: Obstacle | null;
  /** Page of the user's file server; null or absent where there is none. */
  readonly filesUrl?: string | null;
}

/** What the state of its pod means for a spawn. */
export type StartVerdict =
  | { readonly kind: 'waiting'; readonly obstacle: Obstacle | null }
  | { readonly kind: 'started'; readonly podIp: string }
  | { readonly kind: 'failed'; readonly failure: LabFailure };

/** What the end of its pod means for a running lab. */
export type RunEnd =
  | { readonly status: 'terminated'; readonly failure: LabFailure | null }
  | { readonly status: 'failed'; readonly failure: LabFailure };

/** Reasons of a waiting container whose image reference is invalid or may not be pulled: no retry helps. */
export const INVALID_IMAGE: readonly string[] = ['InvalidImageName', 'ErrImageNeverPull'];
const CONFIG_ERRORS: readonly string[] = [
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'PreCreateHookError',
  'PreStartHookError',
  'PostStartHookError',
];
/** Reasons of a waiting container whose image could not be pulled yet. */
export const IMAGE_PULL: readonly string[] = [
  'ErrImagePull',
  'ImagePullBackOff',
  'ImageInspectError',
  'RegistryUnavailable',
  'SignatureValidationFailed',
];

/** Reasons given by kubelets, the scheduler, the eviction API and taints; `Terminated` is a node that shuts down. */
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
 * Decides whether a spawn's pod has started, can still start, or has failed. `earlier` is the obstacle of the last
 * verdict: as long as it stays the same, patience counts from its first observation. `filesUrl` is the page of the
 * user's file server. A full home directory fails the spawn at once: the kubelet would check it again and again.
 */
export function judgeStart(
  pod: PodObservation,
  { nowMs, earlier, filesUrl = null }: StartSituation,
  patience: StartPatience,
): StartVerdict {
  // An observation of its end follows.
  if (pod.isDeleting && !isFinished(pod)) return { kind: 'waiting', obstacle: null };
  const decision = disruptionOf(pod);
  if (decision) return { kind: 'failed', failure: decision };
  const full = fullHome(pod, filesUrl);
  if (full) return { kind: 'failed', failure: full };
  const reason = lastingTrouble(pod);
  if (reason) return { kind: 'failed', failure: { reason, message: failureMessage(reason, pod) } };
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
 * How a running lab has ended; null while its own container runs or is started again. Other containers of the pod are
 * not considered.
 */
export function judgeRun(pod: PodObservation): RunEnd | null {
  const disruption = disruptionOf(pod);
  if (disruption && (pod.phase === 'Unknown' || pod.reason === 'NodeLost')) {
    return { status: 'failed', failure: disruption };
  }
  if (!hasLabEnded(pod)) return null;
  if (pod.phase === 'Succeeded' || isOrderlyEnd(pod)) return { status: 'terminated', failure: null };
  const reason = pod.reason === 'OOMKilled' ? 'OutOfMemory' : 'PodFailed';
  return { status: 'terminated', failure: disruption ?? { reason, message: failureMessage(reason, pod) } };
}

/** Whether the lab's own container is known to have ended without an error. */
function isOrderlyEnd({ lab, container, exitCode }: PodObservation): boolean {
  return lab?.state === 'ended' && container === LAB_CONTAINER_NAME && exitCode === 0;
}

/** Why the cluster, and not this controller, ends the pod; null where Kubernetes gives no such reason. */
export function disruptionOf(pod: PodObservation): LabFailure | null {
  const reason = decided(pod);
  return reason && { reason, message: failureMessage(reason, pod) };
}

function decided({ container, reason, phase, lostNode }: PodObservation): 'NodeLost' | 'PodEvicted' | null {
  if (phase === 'Unknown') return 'NodeLost';
  if (container !== null || reason === null) return null;
  if (NODE_LOST.includes(reason)) return 'NodeLost';
  if (!EVICTIONS.includes(reason)) return null;
  return lostNode === undefined || phase === 'Pending' ? 'PodEvicted' : 'NodeLost';
}

/** The failure of a lab that does not start because its home directory is full; null otherwise. */
function fullHome({ home, isLabRunning }: PodObservation, filesUrl: string | null): LabFailure | null {
  if (!home?.isRefused || isLabRunning) return null;
  return { reason: 'HomeFull', message: homeSpaceText(home, filesUrl) };
}

/** Trouble that will not pass. */
function lastingTrouble(pod: PodObservation): PodFailureReason | null {
  if (pod.phase === 'Succeeded' || (hasLabEnded(pod) && isOrderlyEnd(pod))) return 'PodFinished';
  const isLasting = pod.container !== null && !pod.isRetried && !pod.isSidecar;
  return (isLasting ? containerTrouble(pod) : null) ?? (pod.phase === 'Failed' ? 'PodFailed' : null);
}

/** The failure of the container that an observation is about; null if it is none, or a wait that can pass. */
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

/** No patience of its own: only the deadline of the spawn counts. */
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

/** Whether an obstacle is a container that ended. A new attempt that runs is no proof that it has passed. */
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
  // The message of the back-off lacks the cause, which the attempt before it gave.
  const isBackOff = pod.reason === 'ImagePullBackOff' && same !== null;
  const { phase, container, image, exitCode, isSidecar } = pod;
  // Messages about crashes contain the reason as well.
  const message = pod.message ?? (CRASHES.includes(reason) ? null : pod.reason);
  const trouble = isBackOff
    ? same.trouble
    : { phase, reason: pod.reason, message, container, image, exitCode, isSidecar };
  const sinceMs = same?.sinceMs ?? nowMs;
  const failure = { reason, message: failureMessage(reason, trouble) };
  return { failure, trouble, sinceMs, untilMs: sinceMs + patienceMs };
}

/** The failure of a running lab whose pod was deleted without any reason given. */
export const VANISHED: LabFailure = {
  reason: 'PodVanished',
  message: 'The lab pod was deleted while the lab was running',
};

/** The end of a running lab whose pod ends or is gone, from the last observation of it. */
export function podEnding(pod: PodObservation | null): Ending {
  const end = pod && judgeRun(pod);
  if (end?.failure === null) return EXITED;
  return failedEnding(end?.failure ?? (pod && disruptionOf(pod)) ?? VANISHED);
}
