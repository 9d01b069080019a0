import { LimitReached } from '../domain/limits';

/** How many of one line may wait for each that is under way. */
const WAITING_PER_PLACE = 100;

/**
 * Runs at most `places` pieces of work at once. Others wait for their turn in lines, which take turns as well; within a
 * line, the order is that in which they came.
 *
 * @throws LimitReached from work that would be one too many to wait in its line.
 */
export function takeTurns(
  places: number,
): <Value>(line: string, work: () => Promise<Value>) => Promise<Value> {
  const lines = new Map<string, (() => void)[]>();
  let running = 0;

  const wait = async (name: string): Promise<void> => {
    const line = lines.get(name) ?? [];
    if (line.length >= places * WAITING_PER_PLACE) {
      throw new LimitReached('token_lookups', 'Too many tokens are being looked up');
    }
    lines.set(name, line);
    await new Promise<void>((resolve) => line.push(resolve));
  };

  /** Takes the first of the line whose turn it is, which goes behind the other lines. */
  const takeNext = (): (() => void) | undefined => {
    const [entry] = lines;
    if (!entry) return undefined;
    const [name, line] = entry;
    const next = line.shift();
    lines.delete(name);
    if (line.length > 0) lines.set(name, line);
    return next;
  };

  return async (line, work) => {
    if (running < places) running += 1;
    else await wait(line);
    try {
      return await work();
    } finally {
      // The place is handed over, so that nothing that comes now can take it first.
      const next = takeNext();
      if (next) next();
      else running -= 1;
    }
  };
}
