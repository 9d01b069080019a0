const INTERVAL_MS = 1_000;

/** Tells on standard error how far long work has come: in place on a terminal, else a line now and then. */
export class Progress {
  #toldAt = performance.now();
  #isLineOpen = false;

  constructor(
    private readonly what: string,
    private readonly total: number,
  ) {}

  /** Says that `count` of the total are done, unless that was said a moment ago. */
  step(count: number): void {
    if (performance.now() - this.#toldAt < INTERVAL_MS) return;
    this.#toldAt = performance.now();
    const line = `${count} of ${this.total} ${this.what}`;
    this.#isLineOpen = process.stderr.isTTY;
    process.stderr.write(this.#isLineOpen ? `\r${line}` : `${line}\n`);
  }

  /** Ends the line. */
  end(): void {
    if (this.#isLineOpen) process.stderr.write('\n');
    this.#isLineOpen = false;
  }
}
