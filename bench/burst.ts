import { concurrently } from '../src/activities/concurrently';

/** Outcome of one member of a burst: a result with its duration, or the reason of the failure. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T; readonly begunAt: number; readonly durationMs: number }
  | { readonly ok: false; readonly error: unknown };

/** A burst's outcomes in the order of its members, and the time from the first start to the last end. */
export interface Burst<T> {
  readonly outcomes: readonly Outcome<T>[];
  readonly durationMs: number;
}

/**
 * Runs work for all members, `width` at a time; by default at once. A failure, or a timeout, of one does not affect the
 * others.
 */
export async function burst<M, T>(
  members: readonly M[],
  limitMs: number,
  act: (member: M) => Promise<T>,
  width = members.length,
): Promise<Burst<T>> {
  const startedAt = performance.now();
  const attempt = async (member: M): Promise<Outcome<T>> => {
    const begunAt = performance.now();
    try {
      const value = await within(limitMs, act(member));
      return { ok: true, value, begunAt, durationMs: performance.now() - begunAt };
    } catch (error) {
      return { ok: false, error };
    }
  };
  const outcomes = await concurrently(members, attempt, width);
  return { outcomes, durationMs: performance.now() - startedAt };
}

/** The outcomes with results. */
export function successes<T>({ outcomes }: Burst<T>) {
  return outcomes.filter((outcome) => outcome.ok);
}

/** Resolves as the promise does. @throws Error after the timeout. */
export async function within<T>(limitMs: number, promise: Promise<T>): Promise<T> {
  const { promise: expired, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`not done after ${limitMs} ms`)), limitMs);
  try {
    return await Promise.race([promise, expired]);
  } finally {
    clearTimeout(timer);
  }
}
