import { LimitReached } from '../domain/limits';

/** How many may wait for each that is under way. */
const WAITING_PER_PLACE = 100;

/**
 * Runs at most `places` pieces of work at once. Others wait for their turn, in the order in which they came.
 *
 * @throws LimitReached from work that would be one too many to wait.
 */
export function takeTurns(places: number): <Value>(work: () => Promise<Value>) => Promise<Value> {
  const waiting: (() => void)[] = [];
  let running = 0;

  return async (work) => {
    if (running < places) {
      running += 1;
    } else {
      if (waiting.length >= places * WAITING_PER_PLACE) {
        throw new LimitReached('token_lookups', 'Too many tokens are being looked up');
      }
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    try {
      return await work();
    } finally {
      // The place is handed over, so that nothing that comes now can take it first.
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
