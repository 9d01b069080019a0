import { Context } from '@temporalio/activity';

/** Interval of heartbeats. Ordinary attempts end before the first one, also most of those in a burst. */
const INTERVAL_MS = 2_000;

/**
 * Longest time for which the worker throttles a heartbeat; by default that is most of the timeout. Shorter than the
 * interval, so that each heartbeat is sent at once.
 */
export const HEARTBEAT_THROTTLE_MS = 1_000;

/** Greatest age of the last heartbeat that Temporal has received, while nothing is delayed. */
export const HEARTBEAT_DELAY_MS = INTERVAL_MS;

/** Sends heartbeats while the work goes on; their responses deliver cancellations. */
export async function withHeartbeat<Result>(work: () => Promise<Result>): Promise<Result> {
  const context = Context.current();
  const heartbeat = setInterval(() => context.heartbeat(), INTERVAL_MS);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
  }
}
