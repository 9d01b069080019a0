import { setTimeout as delay } from 'node:timers/promises';

/** Timeout for a state that is never reached; not a measure of performance. */
const LIMIT_MS = 90_000;

/**
 * Polls `look` until `isReached` holds for its result, and returns that result.
 *
 * @throws Error with the last result at the timeout.
 */
export async function eventually<T>(look: () => Promise<T>, isReached: (seen: T) => boolean): Promise<T> {
  const deadline = Date.now() + LIMIT_MS;
  for (;;) {
    const seen = await look();
    if (isReached(seen)) return seen;
    if (Date.now() > deadline)
      throw new Error(`still not so after ${LIMIT_MS / 1000} s: ${JSON.stringify(seen)}`);
    await delay(40);
  }
}
