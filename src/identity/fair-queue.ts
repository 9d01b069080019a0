import { LimitReached } from '../domain/limits';

/** Waiting tasks of one queue per running task. */
const WAITING_PER_SLOT = 100;

/**
 * Runs at most `slots` tasks at once. Others wait in named queues, which are served round-robin; each queue is first
 * in, first out.
 *
 * @throws LimitReached from a task that would exceed `slots * 100` waiting tasks in its queue.
 */
export function createFairQueue(
  slots: number,
): <Value>(queue: string, task: () => Promise<Value>) => Promise<Value> {
  const queues = new Map<string, (() => void)[]>();
  let running = 0;

  const wait = async (name: string): Promise<void> => {
    const queue = queues.get(name) ?? [];
    if (queue.length >= slots * WAITING_PER_SLOT) {
      throw new LimitReached('token_lookups', 'Too many tokens are being looked up');
    }
    queues.set(name, queue);
    await new Promise<void>((resolve) => queue.push(resolve));
  };

  /** Removes the first task of the next queue, and puts that queue behind the others. */
  const dequeue = (): (() => void) | undefined => {
    const [entry] = queues;
    if (!entry) return undefined;
    const [name, queue] = entry;
    const next = queue.shift();
    queues.delete(name);
    if (queue.length > 0) queues.set(name, queue);
    return next;
  };

  return async (queue, task) => {
    if (running < slots) running += 1;
    else await wait(queue);
    try {
      return await task();
    } finally {
      // The slot goes directly to the next waiting task; a new task cannot overtake it.
      const next = dequeue();
      if (next) next();
      else running -= 1;
    }
  };
}
