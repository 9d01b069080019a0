import { setTimeout as delay } from 'node:timers/promises';

/**
 * Looks at something outside this process until `isReached` holds, and gives what was seen then.
 *
 * @throws Error with the last thing seen when time is up.
 */
export async function eventually<T>(
  look: () => Promise<T>,
  isReached: (seen: T) => boolean,
  timeoutMs = 10_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (isReached(seen)) return seen;
    if (Date.now() > deadline) throw new Error(`still not so after ${timeoutMs} ms: ${JSON.stringify(seen)}`);
    await delay(40);
  }
}
