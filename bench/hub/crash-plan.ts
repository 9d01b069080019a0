import { seededRandom } from '../crash-plan';

/** A kill of the hub, so long after users began to act, and how long until its successor is started. */
export interface HubKill {
  readonly atMs: number;
  readonly pauseMs: number;
}

/** The kill while labs start, of which some wait for their pod until so long after the next hub was started. */
export interface HubStartPhase extends HubPhase {
  readonly podsWaitMs: number;
}

/** What users do while the hub is killed: each begins at a moment of their own. */
export interface HubPhase {
  readonly beginsAtMs: readonly number[];
  readonly kill: HubKill;
}

/** What happens in a round: users start their labs, and later stop them. */
export interface HubRoundPlan {
  readonly starting: HubStartPhase;
  readonly stopping: HubPhase;
}

const LONGEST_PAUSE_MS = 2_000;
/** Well beyond the time in which a hub comes back and asks for its labs. */
const LONGEST_WAIT_MS = 12_000;

/**
 * Draws all moments of a round: the kills at any moment of their windows, and what users do at any moment before
 * that, so that the kill meets them at all points of their way. The same seed gives the same round.
 */
export function planHubRound(
  seed: number,
  users: number,
  windows: { readonly startMs: number; readonly stopMs: number },
): HubRoundPlan {
  const random = seededRandom(seed);
  const phase = (windowMs: number): HubPhase => {
    const atMs = Math.round(random() * windowMs);
    const beginsAtMs = Array.from({ length: users }, () => Math.round(random() * atMs));
    return { beginsAtMs, kill: { atMs, pauseMs: Math.round(random() * LONGEST_PAUSE_MS) } };
  };
  const [starting, stopping] = [phase(windows.startMs), phase(windows.stopMs)];
  return { starting: { ...starting, podsWaitMs: Math.round(random() * LONGEST_WAIT_MS) }, stopping };
}
