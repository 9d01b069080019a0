import type { PodEvent } from '../domain/pod';
import type { PodChange, PodNews } from '../workflows/lab/messages';

/** Delivers to a lab's workflow. A lab that has none is not an error. */
export type LabSender = (username: string, news: PodNews) => Promise<void>;

export interface LabSignalsOptions {
  readonly send: LabSender;
  /** Told of every attempt that failed; after the last one the workflow's own slow check makes it good. */
  readonly onFailure: (username: string, error: unknown) => void;
  /** How long what is not urgent waits for what comes next. */
  readonly collectMs?: number;
  /** Signals under way at a time. */
  readonly concurrency?: number;
}

/** What waits to be told to one lab, in order. */
interface Lane {
  changes: PodChange[];
  events: PodEvent[];
  isBusy: boolean;
  failures: number;
  timer: NodeJS.Timeout | null;
}

const MAX_ATTEMPTS = 5;
const RETRY_MS = 1_000;

/**
 * Tells labs what happened to their pods, one signal per lab at a time: what is urgent at once, the rest a
 * moment later, and everything that waits together, because each signal costs its workflow a task.
 */
export class LabSignals {
  private readonly lanes = new Map<string, Lane>();
  /** Labs to be told now, in order. */
  private readonly due = new Set<string>();
  private underWay = 0;
  private readonly collectMs: number;
  private readonly concurrency: number;

  constructor(private readonly options: LabSignalsOptions) {
    this.collectMs = options.collectMs ?? 150;
    this.concurrency = options.concurrency ?? 50;
  }

  /** Whether everything has been told. */
  get isIdle(): boolean {
    return this.lanes.size === 0;
  }

  podChanged(username: string, change: PodChange, { isUrgent }: { isUrgent: boolean }): void {
    this.laneOf(username).changes.push(change);
    if (isUrgent) this.hurry(username);
    else this.wait(username, this.collectMs);
  }

  podEvent(username: string, event: PodEvent): void {
    this.laneOf(username).events.push(event);
    this.wait(username, this.collectMs);
  }

  /** Forgets what has not been told. */
  close(): void {
    for (const { timer } of this.lanes.values()) clearTimeout(timer ?? undefined);
    this.lanes.clear();
    this.due.clear();
  }

  private laneOf(username: string): Lane {
    const lane = this.lanes.get(username) ?? {
      changes: [],
      events: [],
      isBusy: false,
      failures: 0,
      timer: null,
    };
    this.lanes.set(username, lane);
    return lane;
  }

  private wait(username: string, ms: number): void {
    if (this.due.has(username)) return;
    this.laneOf(username).timer ??= setTimeout(() => this.hurry(username), ms);
  }

  private hurry(username: string): void {
    const lane = this.laneOf(username);
    clearTimeout(lane.timer ?? undefined);
    lane.timer = null;
    this.due.add(username);
    this.dispatch();
  }

  private dispatch(): void {
    for (const username of this.due) {
      if (this.underWay >= this.concurrency) return;
      const lane = this.laneOf(username);
      if (lane.isBusy) continue;
      this.due.delete(username);
      void this.serve(username, lane);
    }
  }

  private async serve(username: string, lane: Lane): Promise<void> {
    const { changes, events } = lane;
    lane.changes = [];
    lane.events = [];
    lane.isBusy = true;
    this.underWay += 1;
    try {
      await this.options.send(username, { changes, events });
      lane.failures = 0;
    } catch (error) {
      this.options.onFailure(username, error);
      lane.failures += 1;
      if (lane.failures < MAX_ATTEMPTS) this.takeBack(username, lane, { changes, events });
      else lane.failures = 0;
    }
    lane.isBusy = false;
    this.underWay -= 1;
    this.forget(username, lane);
    this.dispatch();
  }

  private takeBack(username: string, lane: Lane, { changes, events }: PodNews): void {
    if (this.lanes.get(username) !== lane) return;
    lane.changes.unshift(...changes);
    lane.events.unshift(...events);
    this.wait(username, RETRY_MS * lane.failures);
  }

  private forget(username: string, lane: Lane): void {
    const isEmpty = lane.changes.length === 0 && lane.events.length === 0;
    if (isEmpty && this.lanes.get(username) === lane) this.lanes.delete(username);
  }
}
