const CONCURRENCY = 10;

/** Processes items, `width` at a time, and returns the results in the order of the items. */
export async function concurrently<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
  width = CONCURRENCY,
): Promise<Result[]> {
  const results: Result[] = [];
  const queue = items.entries();
  const processQueue = async () => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: width }, processQueue));
  return results;
}

/**
 * Waits until all have ended, so that none goes on when another has failed.
 *
 * @throws an error that is final, where there is one: what only it says must not be lost with a next attempt; otherwise the
 *   first one of the list.
 */
export async function allEnded(
  running: readonly Promise<unknown>[],
  isFinal: (error: unknown) => boolean,
): Promise<void> {
  const ended = await Promise.allSettled(running);
  const errors: unknown[] = ended.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
  if (errors.length > 0) throw errors.find(isFinal) ?? errors[0];
}
