import { KINDS, type Kind } from './controllers';

/** A kill of one process, so long after the burst has begun. */
export interface Kill {
  readonly kind: Kind;
  readonly atMs: number;
}

/** A seeded generator of numbers from 0 up to 1 (mulberry32): the same seed gives the same numbers. */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Kills each process once, each at a random moment of the window, in the order of these moments. */
export function planKills(seed: number, windowMs: number): Kill[] {
  const random = seededRandom(seed);
  return KINDS.map((kind) => ({ kind, atMs: Math.round(random() * windowMs) })).toSorted(
    (a, b) => a.atMs - b.atMs,
  );
}
