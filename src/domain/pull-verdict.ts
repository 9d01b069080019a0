import type { PodObservation } from './pod';
import { IMAGE_PULL, INVALID_IMAGE } from './pod-verdict';

/** Trouble of a pull that may pass. */
export interface PullTrouble {
  /** What it comes to unless it passes. */
  readonly reason: string;
  /** When patience with it ends, in milliseconds of the epoch. */
  readonly untilMs: number;
}

/** What the state of its pod makes of a pull. */
export type PullVerdict =
  | { readonly kind: 'pulled' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'waiting'; readonly trouble: PullTrouble | null };

/** Names every pull failure and says nothing about its cause. */
const BACK_OFF = 'ImagePullBackOff';

/**
 * Decides whether an image has been pulled, can still be, or has failed to be. `earlier` is the trouble of the last
 * verdict: patience counts from when it was first met, and the first attempt said best what is wrong.
 */
export function judgePull(
  pod: PodObservation | null,
  { nowMs, earlier }: { readonly nowMs: number; readonly earlier: PullTrouble | null },
  patienceMs: number,
): PullVerdict {
  if (pod?.phase === 'Succeeded') return { kind: 'pulled' };
  if (pod?.phase === 'Failed') return { kind: 'failed', reason: wordsOf('The pod failed', pod) };
  if (!pod || pod.reason === null || pod.isDeleting) return { kind: 'waiting', trouble: null };
  const isAboutImage = [...IMAGE_PULL, ...INVALID_IMAGE].includes(pod.reason);
  const reason = wordsOf(isAboutImage ? 'The image could not be pulled' : 'The pod could not start', pod);
  if (INVALID_IMAGE.includes(pod.reason)) return { kind: 'failed', reason };
  const trouble = {
    reason: earlier && pod.reason === BACK_OFF ? earlier.reason : reason,
    untilMs: earlier?.untilMs ?? nowMs + patienceMs,
  };
  return nowMs < trouble.untilMs ? { kind: 'waiting', trouble } : { kind: 'failed', reason: trouble.reason };
}

function wordsOf(what: string, { reason, message, exitCode }: PodObservation): string {
  const details = [reason, message, exitCode === null ? null : `exit code ${exitCode}`];
  const known = details.filter((detail) => detail !== null).join(', ');
  return known === '' ? what : `${what}: ${known}`;
}
