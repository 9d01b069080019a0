/** Milliseconds since some fixed moment, on a clock that nobody can set, such as `performance.now`. */
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
