import { HEARTBEAT_DELAY_MS } from './heartbeat';
import type { HoldUps, MonotonicClock } from './hold-ups';

/** Thrown in place of a request of an attempt that Temporal may have replaced by another one. */
export class StaleAttempt extends Error {
  override readonly name = 'StaleAttempt';
}

/** Timeouts of an activity, in milliseconds. */
export interface AttemptLimits {
  readonly startToCloseTimeoutMs: number;
  /** Absent for activities without heartbeats: then only the other timeout ends the attempt. */
  readonly heartbeatTimeoutMs?: number | undefined;
}

/**
 * Time after a hold-up within which the process receives the tasks that were sent to it before or during the hold-up.
 * An attempt that begins within this time may be one of these.
 */
const BACKLOG_MS = 1_000;

/**
 * Whether an activity attempt can still be the current one, as far as its own process can determine: its timeout has
 * not ended, and the process was not held up for so long that Temporal has missed its heartbeats. Uses the monotonic
 * clock only, so that changes of the system's time do not end or extend a lease.
 *
 * It narrows the time in which a request of a replaced attempt can be sent. It cannot close it: the process may be
 * stopped between the check and the write, a request may wait in the network, and the worker may be cut off from
 * Temporal only. UIDs and spawn IDs keep such a request from changing objects of another spawn.
 */
export class AttemptLease {
  private readonly loss = new AbortController();
  private readonly startedMs: number;
  private readonly longestHoldUpMs: number;

  constructor(
    private readonly limits: AttemptLimits,
    private readonly holdUps: Pick<HoldUps, 'longestSince'>,
    private readonly now: MonotonicClock = () => performance.now(),
  ) {
    this.startedMs = now();
    const { heartbeatTimeoutMs } = limits;
    this.longestHoldUpMs = heartbeatTimeoutMs
      ? Math.max(heartbeatTimeoutMs - HEARTBEAT_DELAY_MS, heartbeatTimeoutMs / 2)
      : Number.POSITIVE_INFINITY;
  }

  /** Aborted once `check` has found the lease lost, with a `StaleAttempt` as its reason. */
  get signal(): AbortSignal {
    return this.loss.signal;
  }

  /** Checks whether the lease still holds. To be called synchronously before each request is written. */
  check(): void {
    if (this.signal.aborted) return;
    const runMs = this.now() - this.startedMs;
    const heldUpMs = this.holdUps.longestSince(this.startedMs - BACKLOG_MS);
    if (runMs >= this.limits.startToCloseTimeoutMs) this.lose('Its time is up');
    else if (heldUpMs > this.longestHoldUpMs) {
      this.lose(`Its process was held up for ${(heldUpMs / 1_000).toFixed(1)} s`);
    }
  }

  private lose(why: string): void {
    this.loss.abort(new StaleAttempt(`${why}, so that another attempt may have taken its place`));
  }
}
