import { CancellationScope, CancelledFailure } from '@temporalio/workflow';

/**
 * The order that a workflow has accepted and not begun to carry out. There is one at a time; a later one replaces it.
 * Handlers place orders, phases take them.
 */
export class StandingOrder<Order> {
  private order: Order | null = null;

  /** Whether there is an order that no phase has taken. */
  get isPlaced(): boolean {
    return this.order !== null;
  }

  place(order: Order): void {
    this.order = order;
  }

  /** Hands the order to the phase that carries it out. */
  take(): Order | null {
    const { order } = this;
    this.order = null;
    return order;
  }
}

/** The step of a workflow that orders can interrupt and that has a deadline. There is one at a time. */
export class InterruptibleStep {
  private scope: CancellationScope | null = null;
  private deadline = 0;

  /** Deadline of the present step, or else of the last one, in milliseconds of the epoch. */
  get deadlineMs(): number {
    return this.deadline;
  }

  /**
   * Runs a step.
   *
   * @throws CancelledFailure when interrupted or at the deadline, however the step then ends.
   */
  async run<T>(timeoutMs: number, step: () => Promise<T>): Promise<T> {
    const scope = new CancellationScope({ cancellable: true, timeout: timeoutMs });
    this.scope = scope;
    this.deadline = Date.now() + timeoutMs;
    try {
      return await scope.run(step);
    } catch (error) {
      throw scope.consideredCancelled ? new CancelledFailure('Interrupted or out of time') : error;
    } finally {
      this.scope = null;
    }
  }

  /** Cancels the running step, if any. */
  interrupt(): void {
    this.scope?.cancel();
  }
}
