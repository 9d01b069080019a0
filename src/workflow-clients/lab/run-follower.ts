import type { Client } from '@temporalio/client';
import { type ProgressEvent, ProgressProjection, type WorkflowHistoryStep } from '../../domain/progress';
import { followWorkflowHistory, type WorkflowRun } from '../../temporal/history';
import { WorkflowHistoryDecoder } from './history-decoder';

/**
 * The progress of one workflow run, read once and shared by all its clients in this process. It only caches: another
 * replica computes the same events from the same history.
 */
export class RunFollower {
  /** The run that this one continues, and the operation that was under way at its start. */
  opening: { readonly previousRunId: string | null; readonly operationId: string | null } | null = null;
  private readonly events: ProgressEvent[] = [];
  private readonly operations = new Set<string>();
  private readonly projection = new ProgressProjection();
  private readonly controller = new AbortController();
  private isOver = false;
  private failure: unknown = null;
  private changed = Promise.withResolvers<void>();

  /** `pauseMs` is the time between two reads of new events. */
  constructor(client: Client, run: WorkflowRun, pauseMs: () => number) {
    void this.read(client, run, pauseMs);
  }

  /** Stops reading and ends the streams of all clients. */
  stop(): void {
    this.controller.abort();
  }

  /** Resolves once the first page of the history has been read. @throws the error of that read. */
  async opened(): Promise<void> {
    while (!this.opening && !this.isOver) await this.changed.promise;
    if (!this.opening && this.failure) throw this.failure;
  }

  /** Whether the operation has begun in this run, as far as it has been read. */
  knows(operationId: string): boolean {
    return this.operations.has(operationId);
  }

  /**
   * Yields an operation's events after a sequence number, then new ones, until the operation has ended,
   * another one has begun, or the run is closed.
   */
  async *follow(operationId: string, after: number, signal: AbortSignal): AsyncGenerator<ProgressEvent> {
    const aborted = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    for (let next = 0; !signal.aborted; ) {
      const event = this.events[next];
      if (event) {
        next += 1;
        if (event.operation.id === operationId && event.sequence > after) yield event;
      } else if (this.hasPassed(operationId)) {
        if (this.failure) throw this.failure;
        return;
      } else {
        await Promise.race([this.changed.promise, aborted]);
      }
    }
  }

  /** Whether an operation can have no more events. */
  private hasPassed(operationId: string): boolean {
    const isCurrent = this.projection.operation?.id === operationId;
    const hasEnded = isCurrent ? this.projection.isOperationEnded : this.knows(operationId);
    return this.isOver || hasEnded;
  }

  private async read(client: Client, run: WorkflowRun, pauseMs: () => number): Promise<void> {
    try {
      const decoder = new WorkflowHistoryDecoder(client.options.loadedDataConverter);
      const { signal } = this.controller;
      for await (const { events, previousRunId } of followWorkflowHistory(client, run, { pauseMs, signal })) {
        this.append(await decoder.decode(events), previousRunId);
      }
    } catch (error) {
      this.failure = error;
    }
    this.isOver = true;
    this.wake();
  }

  private append(steps: readonly WorkflowHistoryStep[], previousRunId: string | null): void {
    for (const event of steps) {
      this.events.push(...this.projection.push(event));
      const { operation } = this.projection;
      if (operation) this.operations.add(operation.id);
      this.opening ??= { previousRunId, operationId: operation?.id ?? null };
    }
    this.wake();
  }

  private wake(): void {
    this.changed.resolve();
    this.changed = Promise.withResolvers<void>();
  }
}
