import { CancellationScope, CancelledFailure } from '@temporalio/workflow';

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
