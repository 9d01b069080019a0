import { CancellationScope, CancelledFailure } from '@temporalio/workflow';

/** The step of a workflow that an order may interrupt and that must end in time. There is one at a time. */
export class InterruptibleStep {
  private scope: CancellationScope | null = null;
  private deadline = 0;

  /** When the present step, or else the last one, must have ended, in milliseconds of the epoch. */
  get deadlineMs(): number {
    return this.deadline;
  }

  /**
   * Runs a step.
   *
   * @throws CancelledFailure when interrupted or out of time, however the step then ends.
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

  /** Cancels the step that runs, if one does. */
  interrupt(): void {
    this.scope?.cancel();
  }
}
