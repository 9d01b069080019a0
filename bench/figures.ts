import { median, percentile } from './statistics';

/** Measured values by name, such as `spawn.p50Ms`; the unit ends the name where it has one. */
export type Figures = Readonly<Record<string, number>>;

/** The middle and the tail of samples in milliseconds, as `<name>.p50Ms` and so on; nothing without samples. */
export function latencies(name: string, samples: readonly number[]): Figures {
  if (samples.length === 0) return {};
  return {
    [`${name}.p50Ms`]: median(samples),
    [`${name}.p95Ms`]: percentile(samples, 0.95),
    [`${name}.p99Ms`]: percentile(samples, 0.99),
  };
}

/** The median of each figure over the rounds that have it. */
export function medians(rounds: readonly Figures[]): Figures {
  return fromNames(rounds.flatMap(Object.keys), (name) =>
    median(rounds.flatMap((round) => round[name] ?? [])),
  );
}

/** How many times the base each figure is; only where both are there and the base is not nothing. */
export function ratios(figures: Figures, base: Figures): Figures {
  const shared = Object.keys(figures).filter((name) => base[name]);
  return fromNames(shared, (name) => (figures[name] ?? 0) / (base[name] ?? 1));
}

/** What was added between two readings of counters, per unit, under names that begin with `prefix`. */
export function growth(prefix: string, before: Figures, after: Figures, units: number): Figures {
  return Object.fromEntries(
    Object.entries(after).map(([name, value]) => [
      `${prefix}.${name}`,
      (value - (before[name] ?? 0)) / units,
    ]),
  );
}

function fromNames(names: readonly string[], valueOf: (name: string) => number): Figures {
  return Object.fromEntries([...new Set(names)].map((name) => [name, valueOf(name)]));
}
