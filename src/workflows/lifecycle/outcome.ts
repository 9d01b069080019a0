/** The outcome of work that several callers wait for. The first result counts. */
export class Outcome<Failure> {
  private result: 'open' | 'done' | 'failed' = 'open';
  private cause: Failure | null = null;

  get isOpen(): boolean {
    return this.result === 'open';
  }

  /** Why the work failed; null while it is open and once it is done. */
  get failure(): Failure | null {
    return this.cause;
  }

  complete(): void {
    if (this.isOpen) this.result = 'done';
  }

  fail(failure: Failure): void {
    if (!this.isOpen) return;
    this.result = 'failed';
    this.cause = failure;
  }
}
