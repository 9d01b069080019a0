import { details, exitDetails, type Trouble } from './failure-messages';
import type { FailureReason, LabFailure } from './lab-end';
import { LAB_CONTAINER_NAME } from './names';
import type { PodObservation } from './pod';
import { containerTrouble, waitingTrouble } from './pod-verdict';

/** For labs that were accepted by a version without the setting, in milliseconds. */
export const DEFAULT_RESTART_PATIENCE_MS = 300_000;

/** A container that has run for this long without a crash ends the loop, in milliseconds. */
const STABLE_MS = 60_000;

/** The container of a running lab has ended, and the kubelet starts it again. */
export interface CrashLoop {
  /** When it was first observed to be down, in milliseconds of the epoch. */
  readonly sinceMs: number;
  /** When it was observed to run again, in milliseconds of the epoch; null while it is down. */
  readonly backMs: number | null;
  readonly restarts: number;
  /** The last reported failure of it; null when none was. */
  readonly trouble: LoopTrouble | null;
}

interface LoopTrouble extends Trouble {
  readonly failureReason: FailureReason;
}

/**
 * Reducer over the observations of a running lab's pod. Null where the lab's container runs and has not ended lately,
 * or was not reported. Crashes in quick succession are one loop, which began with the first of them.
 */
export function observeCrashLoop(
  pod: PodObservation,
  nowMs: number,
  earlier: CrashLoop | null,
  patienceMs: number,
): CrashLoop | null {
  const { lab } = pod;
  if (!lab || lab.state === 'ended' || pod.isDeleting) return null;
  const stableMs = Math.min(STABLE_MS, patienceMs);
  const loop = earlier && (earlier.backMs === null || nowMs - earlier.backMs < stableMs) ? earlier : null;
  const { restarts } = lab;
  if (lab.state === 'running') {
    const isNewRestart = loop !== null && restarts > loop.restarts;
    return loop && { ...loop, restarts, backMs: isNewRestart ? nowMs : (loop.backMs ?? nowMs) };
  }
  const trouble = troubleOf(pod) ?? loop?.trouble ?? null;
  return { sinceMs: loop?.sinceMs ?? nowMs, backMs: null, restarts, trouble };
}

function troubleOf(pod: PodObservation): LoopTrouble | null {
  if (pod.container !== LAB_CONTAINER_NAME) return null;
  return { ...pod, failureReason: containerTrouble(pod) ?? waitingTrouble(pod) ?? 'ContainerCrashed' };
}

/** The obstacle of a running lab whose container is in a loop. */
export function crashLoopMessage({ trouble, backMs, restarts }: CrashLoop): string {
  const what = `The container of the lab ended${trouble ? exitDetails(trouble) + details(trouble) : '.'}`;
  const times =
    restarts === 0 ? '' : ` It has been started again ${restarts === 1 ? 'once' : `${restarts} times`}.`;
  const now = backMs === null ? 'Kubernetes starts it again.' : `It runs again since ${isoTime(backMs)}.`;
  return `${what}${times} ${now}`;
}

/** The failure of a lab whose container is in a loop when patience is over. */
export function crashLoopFailure({ trouble }: CrashLoop): LabFailure {
  const reason = trouble?.failureReason ?? 'ContainerCrashed';
  const end = trouble ? exitDetails(trouble) + details(trouble) : '.';
  const [cause, advice] =
    reason === 'OutOfMemory'
      ? ['The lab needed more memory than its limit again and again, and ended', 'Choose a larger size.']
      : ['The lab did not come back after its container had ended', CHOOSE_IMAGE];
  return { reason, message: `${cause}${end} ${advice}` };
}

const CHOOSE_IMAGE = 'Start it again, choose another image or tell the operators.';

const isoTime = (ms: number): string => new Date(ms).toISOString();
