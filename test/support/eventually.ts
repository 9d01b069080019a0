import { setTimeout as delay } from 'node:timers/promises';

/** For what never comes; not a measure of how long anything may take. */
const LIMIT_MS = 90_000;

/**
 * Looks at something outside this process until `isReached` holds, and gives what was seen then.
 *
 * @throws Error with the last thing seen when time is up.
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
