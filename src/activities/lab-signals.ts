import type { PodEvent } from '../domain/pod';
import type { PodChange } from '../workflows/lab/messages';

/** Delivers to a lab's workflow. A lab that has none is not an error. */
export interface LabSender {
  podChanged(username: string, change: PodChange): Promise<void>;
  podEvents(username: string, events: readonly PodEvent[]): Promise<void>;
}

export interface LabSignalsOptions {
  readonly sender: LabSender;
  /** Told when a signal could not be delivered; the workflow's own slow check makes it good. */
  readonly onFailure: (username: string, error: unknown) => void;
  /** How long events are collected after the first has gone out. */
  readonly batchMs?: number;
  /** Signals under way at a time. */
  readonly concurrency?: number;
}

/** What waits to be told to one lab, in order. */
interface Lane {
  readonly changes: PodChange[];
  events: PodEvent[];
  isBusy: boolean;
  timer: NodeJS.Timeout | null;
}

/**
 * Tells labs what happened to their pods: in order per lab, the first event at once and what follows
 * within half a second together, changes of the pod never waiting.
 */
export class LabSignals {
  private readonly lanes = new Map<string, Lane>();
  private readonly ready: string[] = [];
  private underWay = 0;
  private readonly batchMs: number;
  private readonly concurrency: number;

  constructor(private readonly options: LabSignalsOptions) {
    this.batchMs = options.batchMs ?? 500;
    this.concurrency = options.concurrency ?? 50;
  }

  /** Whether everything has been told. */
  get isIdle(): boolean {
    return this.lanes.size === 0;
  }

  podChanged(username: string, change: PodChange): void {
    this.laneOf(username).changes.push(change);
    this.schedule(username);
  }

  podEvent(username: string, event: PodEvent): void {
    const lane = this.laneOf(username);
    lane.events.push(event);
    if (!lane.timer) this.schedule(username);
  }

  private laneOf(username: string): Lane {
    const lane = this.lanes.get(username) ?? { changes: [], events: [], isBusy: false, timer: null };
    this.lanes.set(username, lane);
    return lane;
  }

  private schedule(username: string): void {
    const lane = this.laneOf(username);
    if (!lane.isBusy && !this.ready.includes(username)) this.ready.push(username);
    this.dispatch();
  }

  private dispatch(): void {
    while (this.underWay < this.concurrency) {
      const username = this.ready.shift();
      if (username === undefined) return;
      this.underWay += 1;
      void this.serve(username);
    }
  }

  private async serve(username: string): Promise<void> {
    const lane = this.laneOf(username);
    lane.isBusy = true;
    try {
      await this.deliver(username, lane);
    } catch (error) {
      this.options.onFailure(username, error);
    }
    lane.isBusy = false;
    this.underWay -= 1;
    if (lane.changes.length > 0) this.ready.push(username);
    else if (lane.timer === null) this.rest(username, lane);
    this.dispatch();
  }

  /** Events first: they led to the change. */
  private async deliver(username: string, lane: Lane): Promise<void> {
    const { sender } = this.options;
    if (lane.events.length > 0) await sender.podEvents(username, lane.events.splice(0));
    const change = lane.changes.shift();
    if (change) await sender.podChanged(username, change);
  }

  /** Collects events for a while; what came meanwhile goes out together. */
  private rest(username: string, lane: Lane): void {
    lane.timer = setTimeout(() => {
      lane.timer = null;
      if (lane.events.length > 0) this.schedule(username);
      else if (!lane.isBusy && lane.changes.length === 0) this.lanes.delete(username);
    }, this.batchMs);
  }
}
