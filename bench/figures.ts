import { median, percentile } from './statistics';

/** Measured values by name, such as `spawn.p50Ms`; a name ends with the unit if there is one. */
export type Figures = Readonly<Record<string, number>>;

/** Percentiles of samples in milliseconds: `<name>.p50Ms` and so on; none without samples. */
export function latencies(name: string, samples: readonly number[]): Figures {
  if (samples.length === 0) return {};
  return {
    [`${name}.p50Ms`]: median(samples),
    [`${name}.p95Ms`]: percentile(samples, 0.95),
    [`${name}.p99Ms`]: percentile(samples, 0.99),
  };
}

/** The median of each figure over the rounds with that figure. */
export function medians(rounds: readonly Figures[]): Figures {
  return fromNames(rounds.flatMap(Object.keys), (name) =>
    median(rounds.flatMap((round) => round[name] ?? [])),
  );
}

/** The ratio of each figure to the base; only for figures that both have and whose base is not 0. */
export function ratios(figures: Figures, base: Figures): Figures {
  const shared = Object.keys(figures).filter((name) => base[name]);
  return fromNames(shared, (name) => (figures[name] ?? 0) / (base[name] ?? 1));
}

/** The increase between two readings of counters, per unit, with names prefixed by `prefix`. */
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
