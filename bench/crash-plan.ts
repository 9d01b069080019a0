import { KINDS, type Kind } from './controllers';

/** A kill of one process, so long after the burst has begun. */
export interface Kill {
  readonly kind: Kind;
  readonly atMs: number;
}

/** What a round kills: nothing, for comparison; one process; or each of them once. */
export const PARTS = ['none', ...KINDS, 'all'] as const;

export type Part = (typeof PARTS)[number];

/** What a run kills: one part, by turns with rounds that kill nothing; or every part by turns. */
export const CHOICES = ['each', ...KINDS, 'all'] as const;

export type Choice = (typeof CHOICES)[number];

/** The part of a round, by its number from 0. */
export function partOf(choice: Choice, round: number): Part {
  const turns: readonly Part[] = choice === 'each' ? PARTS : ['none', choice];
  return turns[round % turns.length] ?? 'none';
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

/** Kills each process of a part once, each at a random moment of the window, in the order of these moments. */
export function planKills(part: Part, seed: number, windowMs: number): Kill[] {
  const random = seededRandom(seed);
  const isKilled = (kind: Kind) => part === 'all' || part === kind;
  return KINDS.filter(isKilled)
    .map((kind) => ({ kind, atMs: Math.round(random() * windowMs) }))
    .toSorted((a, b) => a.atMs - b.atMs);
}
