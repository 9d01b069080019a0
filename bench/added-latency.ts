import { PARTS, type Part } from './crash-plan';
import { median, percentile } from './statistics';

/** The spawns of one round that were accepted; durations are from the start of their common burst. */
export interface RoundLatencies {
  readonly part: Part;
  /** From the start of the burst to the first kill; null for a round without one. */
  readonly killedMs: number | null;
  /** From the request of each spawn until its user was informed that the lab runs, in any order. */
  readonly durationsMs: readonly number[];
}

/** What the kills of one part cost the spawns that they met. Durations are in milliseconds. */
export interface AddedLatency {
  readonly part: Part;
  readonly rounds: number;
  /** Spawns that were under way at the first kill of their round. */
  readonly affected: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maximumMs: number;
}

/**
 * The durations of affected spawns beyond those of bursts without a kill, by part. Spawns of a burst begin together, and
 * which one is served first is chance: so the nth to be served is compared with the nth of an undisturbed burst, the
 * median of all of them. Rounds without a kill, of which each is compared with the others, show what is chance. Parts
 * that met no spawn are left out.
 */
export function addedLatencies(rounds: readonly RoundLatencies[]): AddedLatency[] {
  const undisturbed = rounds.filter(({ part }) => part === 'none');
  return PARTS.flatMap((part) => {
    const ofPart = rounds.filter((round) => round.part === part);
    const added = ofPart.flatMap((round) =>
      addedIn(
        round,
        undisturbed.filter((other) => other !== round),
      ),
    );
    if (added.length === 0) return [];
    return [
      {
        part,
        rounds: ofPart.length,
        affected: added.length,
        p50Ms: median(added),
        p99Ms: percentile(added, 0.99),
        maximumMs: Math.max(...added),
      },
    ];
  });
}

function addedIn(
  { killedMs, durationsMs }: RoundLatencies,
  undisturbed: readonly RoundLatencies[],
): number[] {
  if (undisturbed.length === 0) return [];
  const ordered = durationsMs.toSorted((a, b) => a - b);
  return ordered.flatMap((durationMs, rank) => {
    if (durationMs <= (killedMs ?? 0)) return [];
    // A kill of the API can leave fewer spawns than the burst has: ranks are shares of those that there are.
    const share = (rank + 0.5) / ordered.length;
    return [durationMs - median(undisturbed.map((round) => percentile(round.durationsMs, share)))];
  });
}
