/** A shutdown, shared by all callers that wait for it. */
export class Shutdown {
  private result: 'open' | 'done' | 'failed' = 'open';

  get isOpen(): boolean {
    return this.result === 'open';
  }

  get hasFailed(): boolean {
    return this.result === 'failed';
  }

  /** Ends the wait of all callers: the pod is gone. */
  complete(): void {
    this.result = 'done';
  }

  /** Fails the wait of all callers: the pod could not be removed in time. */
  fail(): void {
    this.result = 'failed';
  }
}
