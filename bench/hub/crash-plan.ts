import { seededRandom } from '../crash-plan';

/** A kill of the hub, in milliseconds after users begin to act, and the pause before its successor starts. */
export interface HubKill {
  readonly atMs: number;
  readonly pauseMs: number;
}

/** The kill while labs start. Some of them wait for their pod until a time after the start of the next hub. */
export interface HubStartPhase extends HubPhase {
  readonly podsWaitMs: number;
}

/** Actions of users during a kill of the hub, each at a random time. */
export interface HubPhase {
  readonly beginsAtMs: readonly number[];
  readonly kill: HubKill;
}

/** The plan of a round: users start their labs, and later stop them. */
export interface HubRoundPlan {
  readonly starting: HubStartPhase;
  readonly stopping: HubPhase;
}

const LONGEST_PAUSE_MS = 2_000;
/** Longer than a hub takes to restart and to poll its labs. */
const LONGEST_WAIT_MS = 12_000;

/**
 * Draws all times of a round: kills at random times of their windows, and actions of users at random times before the
 * kill, so that the kill hits any stage of them. The same seed gives the same round.
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
