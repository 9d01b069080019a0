import { Context } from '@temporalio/activity';

/** Rare enough to cost an ordinary attempt nothing: it has ended before the first one. */
const INTERVAL_MS = 1_000;

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
