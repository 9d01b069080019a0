/** Milliseconds since a fixed instant, on a clock that cannot be set, such as `performance.now`. */
export type MonotonicClock = () => number;

/** Interval of the timer that measures delays of the event loop. */
const INTERVAL_MS = 500;

/** Shorter hold-ups do not affect leases and are not recorded. */
const SHORTEST_MS = 1_000;

/** Number of hold-ups that are kept. A process with more of them has lost its older attempts already. */
const REMEMBERED = 20;

/**
 * Records when the event loop of the process stood still: the process was stopped (SIGSTOP), its machine paused, or the
 * loop blocked. A single timer cannot show that: it fires late, and in any order with the other callbacks that waited.
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

  /** The longest hold-up that ended after a reading of the clock, in milliseconds; 0 without one. */
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

  /** Stops the timer. */
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
