import { Context } from '@temporalio/activity';

/** Rare enough to cost an ordinary attempt nothing: it has ended before the first one. */
const INTERVAL_MS = 1_000;

/** How long the worker may keep a heartbeat back; by default it does so for most of the time-out. */
export const HEARTBEAT_THROTTLE_MS = 1_000;

/** How old the last heartbeat that Temporal has got may be while all goes well. */
export const HEARTBEAT_DELAY_MS = INTERVAL_MS + HEARTBEAT_THROTTLE_MS;

/** Tells Temporal, while the work goes on, that its worker is alive, and so learns of a cancellation. */
export async function withHeartbeat<Result>(work: () => Promise<Result>): Promise<Result> {
  const context = Context.current();
  const heartbeat = setInterval(() => context.heartbeat(), INTERVAL_MS);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
  }
}
