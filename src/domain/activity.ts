/** That a user was active in their lab. */
export interface Activity {
  readonly username: string;
  /** The hub's name of the server, mostly empty; null when only the user is spoken of. */
  readonly server: string | null;
  /** Milliseconds since the epoch. */
  readonly lastActivityMs: number;
}

interface Entry {
  /** What the hub has not been told yet; null when it knows all. */
  waiting: Activity | null;
  /** When the hub was told last; minus infinity for never. */
  toldAtMs: number;
  /** What the hub was told last; minus infinity for nothing. */
  toldMs: number;
}

/** Users remembered, far beyond the number of labs: the one least recently heard of is forgotten for another. */
const MAX_USERS = 20_000;

/**
 * What labs have reported and the hub is to be told: of each user the latest activity only, not more often than
 * once in an interval, and nothing that the hub has been told already. Time is given with every call.
 */
export class ActivityBook {
  /** By username, the one least recently heard of first. */
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly intervalMs: number,
    private readonly maxUsers = MAX_USERS,
  ) {}

  /** How many users' activity the hub has not been told yet. */
  get pending(): number {
    return [...this.entries.values()].filter(({ waiting }) => waiting !== null).length;
  }

  /** Takes in a report. Activity in the future, of a clock that is ahead, counts as now. */
  hear({ username, server, lastActivityMs }: Activity, nowMs: number): void {
    const entry = this.entries.get(username) ?? { waiting: null, toldAtMs: -Infinity, toldMs: -Infinity };
    this.entries.delete(username);
    this.entries.set(username, entry);
    const [oldest] = this.entries.keys();
    if (this.entries.size > this.maxUsers && oldest !== undefined) this.entries.delete(oldest);
    const latestMs = Math.max(Math.min(lastActivityMs, nowMs), entry.waiting?.lastActivityMs ?? -Infinity);
    if (latestMs <= entry.toldMs) return;
    entry.waiting = { username, server: server ?? entry.waiting?.server ?? null, lastActivityMs: latestMs };
  }

  /** What the hub is to be told now: of all that is due, what has waited longest for its turn; null for nothing. */
  due(nowMs: number): Activity | null {
    const next = this.next();
    return next && next.dueMs <= nowMs ? next.activity : null;
  }

  /** When something becomes due; null while nothing waits. */
  get dueMs(): number | null {
    return this.next()?.dueMs ?? null;
  }

  /** All that waits, due or not. */
  get waiting(): Activity[] {
    return [...this.entries.values()].flatMap(({ waiting }) => waiting ?? []);
  }

  /** Takes in that the hub has been told, or will not hear of it; what was reported meanwhile waits its turn. */
  settle({ username, lastActivityMs }: Activity, nowMs: number): void {
    const entry = this.entries.get(username);
    if (!entry) return;
    entry.toldAtMs = nowMs;
    entry.toldMs = lastActivityMs;
    if (entry.waiting && entry.waiting.lastActivityMs <= lastActivityMs) entry.waiting = null;
  }

  private next(): { readonly activity: Activity; readonly dueMs: number } | null {
    let next: { activity: Activity; dueMs: number } | null = null;
    for (const { waiting, toldAtMs } of this.entries.values()) {
      const dueMs = toldAtMs + this.intervalMs;
      if (waiting && (next === null || dueMs < next.dueMs)) next = { activity: waiting, dueMs };
    }
    return next;
  }
}
