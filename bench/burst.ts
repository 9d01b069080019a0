import { median, percentile } from './statistics';

/** How a burst of labs went, in milliseconds from the start of each lab until its pod was known to run. */
export interface BurstResult {
  readonly labs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Labs per second, from the start of the first to the last that ran. */
  readonly rate: number;
}

/** Starts labs all at once and waits for each. */
export async function burst(labs: number, spawn: (index: number) => Promise<void>): Promise<BurstResult> {
  const startedAt = performance.now();
  const latencies = await Promise.all(
    Array.from({ length: labs }, async (_, index) => {
      const begun = performance.now();
      await spawn(index);
      return performance.now() - begun;
    }),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  return { labs, p50Ms: median(latencies), p99Ms: percentile(latencies, 0.99), rate: labs / seconds };
}

/** The medians of several bursts of one size. */
export function typical(rounds: readonly BurstResult[]): BurstResult {
  const of = (pick: (round: BurstResult) => number) => median(rounds.map(pick));
  return {
    labs: of(({ labs }) => labs),
    p50Ms: of(({ p50Ms }) => p50Ms),
    p99Ms: of(({ p99Ms }) => p99Ms),
    rate: of(({ rate }) => rate),
  };
}
