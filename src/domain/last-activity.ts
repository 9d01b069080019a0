/** The last activity of a user in their lab, as JupyterHub's `last_activity`. */
export interface LastActivity {
  readonly username: string;
  /** The hub's name of the server, mostly empty; null when the report is about the user alone. */
  readonly server: string | null;
  /** Milliseconds since the epoch. */
  readonly lastActivityMs: number;
}

interface Entry {
  /** What has not been reported to the hub yet; null when there is nothing new. */
  pending: LastActivity | null;
  /** When the hub was last updated; minus infinity for never. */
  reportedAtMs: number;
  /** The activity that the hub was last updated with; minus infinity for none. */
  reportedMs: number;
}

/** Upper bound of remembered users, far beyond the number of labs; the least recently active one is dropped. */
const MAX_USERS = 20_000;

/**
 * The activity of users that the hub is to be updated with: of each user the latest only, at most once in an interval,
 * and nothing that the hub has already. Its only clock is the time given with each call.
 */
export class LastActivityTracker {
  /** By username, the least recently active one first. */
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly intervalMs: number,
    private readonly maxUsers = MAX_USERS,
  ) {}

  /** How many users' activity has not been reported to the hub yet. */
  get pendingCount(): number {
    return this.pending.length;
  }

  /** All activity that has not been reported yet, due or not. */
  get pending(): LastActivity[] {
    return [...this.entries.values()].flatMap(({ pending }) => pending ?? []);
  }

  /** Records a lab's report. A time in the future, of a clock that is ahead, counts as now. */
  record({ username, server, lastActivityMs }: LastActivity, nowMs: number): void {
    const entry = this.entries.get(username) ?? {
      pending: null,
      reportedAtMs: -Infinity,
      reportedMs: -Infinity,
    };
    this.entries.delete(username);
    this.entries.set(username, entry);
    const [oldest] = this.entries.keys();
    if (this.entries.size > this.maxUsers && oldest !== undefined) this.entries.delete(oldest);
    const latestMs = Math.max(Math.min(lastActivityMs, nowMs), entry.pending?.lastActivityMs ?? -Infinity);
    if (latestMs <= entry.reportedMs) return;
    entry.pending = { username, server: server ?? entry.pending?.server ?? null, lastActivityMs: latestMs };
  }

  /** The activity to report now, the one that has been due for longest; null if none is due. */
  due(nowMs: number): LastActivity | null {
    const next = this.next();
    return next && next.dueMs <= nowMs ? next.activity : null;
  }

  /** When the next activity becomes due, in milliseconds of the epoch; null while none is pending. */
  get dueMs(): number | null {
    return this.next()?.dueMs ?? null;
  }

  /** Records that the hub was updated, or will never take this; what was recorded meanwhile stays pending. */
  markReported({ username, lastActivityMs }: LastActivity, nowMs: number): void {
    const entry = this.entries.get(username);
    if (!entry) return;
    entry.reportedAtMs = nowMs;
    entry.reportedMs = lastActivityMs;
    if (entry.pending && entry.pending.lastActivityMs <= lastActivityMs) entry.pending = null;
  }

  private next(): { readonly activity: LastActivity; readonly dueMs: number } | null {
    let next: { activity: LastActivity; dueMs: number } | null = null;
    for (const { pending, reportedAtMs } of this.entries.values()) {
      const dueMs = reportedAtMs + this.intervalMs;
      if (pending && (next === null || dueMs < next.dueMs)) next = { activity: pending, dueMs };
    }
    return next;
  }
}
