export interface SignalQueueOptions<Item> {
  /** Sends items to the workflow of a key. A missing workflow is not an error. */
  readonly send: (key: string, items: readonly Item[]) => Promise<void>;
  /** Called for every attempt that failed; after the last one the workflow reads the pod at its next regular check. */
  readonly onFailure: (key: string, error: unknown) => void;
  /** How long an item that is not urgent waits for further items. */
  readonly collectMs?: number;
  /** Signals under way at a time. */
  readonly concurrency?: number;
}

export interface EnqueueOptions {
  /** Whether it is sent at once. */
  readonly isUrgent: boolean;
  /** Called when the item has been delivered, or given up after the last attempt. */
  readonly onSettled: () => void;
}

interface Entry<Item> {
  readonly item: Item;
  readonly onSettled: () => void;
  /** Attempts to deliver it that failed. */
  failures: number;
}

/** Items that wait for one workflow, oldest first. */
interface Waiting<Item> {
  entries: Entry<Item>[];
  isSending: boolean;
  timer: NodeJS.Timeout | null;
}

const MAX_ATTEMPTS = 5;
const RETRY_MS = 1_000;

/**
 * Sends items to workflows, for each of them in order and one signal at a time: urgent items at once, the others a
 * moment later. Waiting items are sent in one signal, because each signal costs its workflow a task.
 */
export class SignalQueue<Item> {
  private readonly waiting = new Map<string, Waiting<Item>>();
  /** Keys whose items are to be sent now, in order. */
  private readonly due = new Set<string>();
  private sending = 0;
  private readonly collectMs: number;
  private readonly concurrency: number;

  constructor(private readonly options: SignalQueueOptions<Item>) {
    this.collectMs = options.collectMs ?? 150;
    this.concurrency = options.concurrency ?? 50;
  }

  enqueue(key: string, item: Item, { isUrgent, onSettled }: EnqueueOptions): void {
    this.waitingFor(key).entries.push({ item, onSettled, failures: 0 });
    if (isUrgent) this.flush(key);
    else this.flushAfter(key, this.collectMs);
  }

  /** Sends the waiting items of a key as soon as the limits allow it. */
  flush(key: string): void {
    const waiting = this.waitingFor(key);
    clearTimeout(waiting.timer ?? undefined);
    waiting.timer = null;
    this.due.add(key);
    this.sendDue();
  }

  /** Drops unsent items. They are not settled, so that the next attempt sends them. */
  close(): void {
    for (const { timer } of this.waiting.values()) clearTimeout(timer ?? undefined);
    this.waiting.clear();
    this.due.clear();
  }

  private waitingFor(key: string): Waiting<Item> {
    const waiting = this.waiting.get(key) ?? { entries: [], isSending: false, timer: null };
    this.waiting.set(key, waiting);
    return waiting;
  }

  private flushAfter(key: string, ms: number): void {
    if (this.due.has(key)) return;
    this.waitingFor(key).timer ??= setTimeout(() => this.flush(key), ms);
  }

  private sendDue(): void {
    for (const key of this.due) {
      if (this.sending >= this.concurrency) return;
      const waiting = this.waitingFor(key);
      if (waiting.isSending) continue;
      this.due.delete(key);
      void this.send(key, waiting);
    }
  }

  /** Never rejects, since nothing awaits it. */
  private async send(key: string, waiting: Waiting<Item>): Promise<void> {
    const { entries } = waiting;
    waiting.entries = [];
    waiting.isSending = true;
    this.sending += 1;
    const failed = (await this.deliver(key, entries)) ? [] : this.countFailure(entries);
    for (const entry of entries) if (!failed.includes(entry)) entry.onSettled();
    if (failed.length > 0) this.putBack(key, waiting, failed);
    waiting.isSending = false;
    this.sending -= 1;
    if (waiting.entries.length === 0 && this.waiting.get(key) === waiting) this.waiting.delete(key);
    this.sendDue();
  }

  private async deliver(key: string, entries: readonly Entry<Item>[]): Promise<boolean> {
    try {
      const items = entries.map(({ item }) => item);
      await this.options.send(key, items);
      return true;
    } catch (error) {
      this.options.onFailure(key, error);
      return false;
    }
  }

  /** Counts a failed attempt and returns the entries to retry. */
  private countFailure(entries: readonly Entry<Item>[]): readonly Entry<Item>[] {
    for (const entry of entries) entry.failures += 1;
    return entries.filter(({ failures }) => failures < MAX_ATTEMPTS);
  }

  private putBack(key: string, waiting: Waiting<Item>, entries: readonly Entry<Item>[]): void {
    if (this.waiting.get(key) !== waiting) return;
    waiting.entries = [...entries, ...waiting.entries];
    this.flushAfter(key, RETRY_MS * (entries[0]?.failures ?? 1));
  }
}
