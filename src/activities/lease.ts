import { Context } from '@temporalio/activity';

/** Interval of heartbeats. Ordinary attempts end before the first one. */
const HEARTBEAT_INTERVAL_MS = 1_000;

/**
 * Longest time for which the worker throttles a heartbeat; by default that is most of the timeout. Shorter than the
 * interval, so that each heartbeat is sent at once.
 */
export const HEARTBEAT_THROTTLE_MS = 500;

/** Greatest age of the last heartbeat that Temporal has received, while nothing is delayed. */
export const HEARTBEAT_DELAY_MS = HEARTBEAT_INTERVAL_MS;

/** Milliseconds since some fixed moment, on a clock that no process can set, such as `performance.now`. */
export type MonotonicClock = () => number;

/** How often the event loop is looked at. */
const INTERVAL_MS = 500;

/** Shorter hold-ups concern no lease. */
const SHORTEST_MS = 1_000;

/** As many hold-ups are remembered; a process that has more of them has lost all its older attempts anyway. */
const REMEMBERED = 20;

/**
 * Notices when the event loop of the process stood still: the process was stopped (SIGSTOP), its machine paused, or
 * the loop blocked. Timers cannot tell that by themselves: they fire late, and in any order with what else has waited.
 */
export class HoldUps {
  private readonly listeners = new Set<() => void>();
  private readonly holdUps: { readonly endedMs: number; readonly durationMs: number }[] = [];
  private readonly timer: NodeJS.Timeout;
  private lookedMs: number;

  constructor(private readonly now: MonotonicClock = () => performance.now()) {
    this.lookedMs = now();
    this.timer = setInterval(() => this.look(), INTERVAL_MS).unref();
  }

  /** The longest hold-up that ended after a moment of the clock, in milliseconds; 0 without one. */
  longestSince(sinceMs: number): number {
    this.look();
    const durations = this.holdUps.flatMap(({ durationMs, endedMs }) =>
      endedMs > sinceMs ? [durationMs] : [],
    );
    return Math.max(0, ...durations);
  }

  /** Calls `listener` after each hold-up, until the returned function is called. */
  onHoldUp(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Stops looking. */
  close(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const endedMs = this.now();
    const durationMs = endedMs - this.lookedMs;
    this.lookedMs = endedMs;
    if (durationMs < SHORTEST_MS) return;
    this.holdUps.push({ endedMs, durationMs });
    this.holdUps.splice(0, this.holdUps.length - REMEMBERED);
    for (const listener of this.listeners) listener();
  }
}

/** Thrown in place of a request of an attempt that Temporal may have replaced by another one. */
export class StaleAttempt extends Error {
  override readonly name = 'StaleAttempt';
}

/** Timeouts of an activity, in milliseconds. */
export interface AttemptLimits {
  readonly startToCloseTimeoutMs: number;
  /** Absent for activities without heartbeats: then only the other timeout ends the attempt. */
  readonly heartbeatTimeoutMs?: number | undefined;
  /** Whether the attempt is part of a workflow task, which another worker repeats after the task's timeout. */
  readonly isLocal?: boolean;
}

/**
 * Longest hold-up of a local activity: a workflow task times out after 4 s, and the attempt ends 2.5 s after its begin.
 */
const LONGEST_LOCAL_MS = 1_500;

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
    this.longestHoldUpMs = longestHoldUpMs(limits);
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

function longestHoldUpMs({ heartbeatTimeoutMs, isLocal }: AttemptLimits): number {
  if (isLocal) return LONGEST_LOCAL_MS;
  if (!heartbeatTimeoutMs) return Number.POSITIVE_INFINITY;
  return Math.max(heartbeatTimeoutMs - HEARTBEAT_DELAY_MS, heartbeatTimeoutMs / 2);
}

/** Sends heartbeats while the work goes on; their responses deliver cancellations. Local activities have none. */
export async function withHeartbeat<Result>(work: () => Promise<Result>): Promise<Result> {
  const context = Context.current();
  if (context.info.isLocal) return work();
  const heartbeat = setInterval(() => context.heartbeat(), HEARTBEAT_INTERVAL_MS);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
  }
}
