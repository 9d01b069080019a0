import { HEARTBEAT_DELAY_MS } from './heartbeat';
import type { HoldUps, MonotonicClock } from './hold-ups';

/** Why an attempt sends nothing any more. Temporal may have begun another one in its place. */
export class StaleAttempt extends Error {
  override readonly name = 'StaleAttempt';
}

/** Time limits of an activity, in milliseconds. */
export interface AttemptLimits {
  readonly startToCloseTimeoutMs: number;
  /** Absent where the attempt need not heartbeat: then only the other limit ends it. */
  readonly heartbeatTimeoutMs?: number | undefined;
}

/**
 * How soon after the end of a hold-up the process gets the tasks that were given to it before or meanwhile. An attempt
 * that begins within this time may be one of these.
 */
const BACKLOG_MS = 1_000;

/**
 * Says whether an activity attempt can still be the current one, by what its own process knows: its time is not up,
 * and the process was not held up for so long that Temporal has missed its heartbeats. All on the monotonic clock, so
 * that no change of the system's time breaks or extends it.
 *
 * It narrows the time in which a request of a replaced attempt can be sent. It cannot close it: the process may be
 * stopped between the look and the write, a request may wait in the network, and the worker may be cut off from
 * Temporal only. What such a request hits is decided by UIDs and spawn IDs.
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

  /** Looks whether the lease still holds. To be called synchronously before each request is written. */
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
