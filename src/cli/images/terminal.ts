/** Thrown for an operation that needs an explicit option or confirmation; ends the process with code 2. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

/**
 * Asks for confirmation on the terminal.
 *
 * @throws Refusal unless the answer is yes, and if standard input is no terminal.
 */
export async function confirm(question: string): Promise<void> {
  if (!process.stdin.isTTY)
    throw new Refusal('there is no terminal to ask on: add --yes to delete without a question');
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${question} [y/N] `).finally(() => terminal.close());
  if (!/^\s*y(es)?\s*$/i.test(answer)) throw new Refusal('nothing was deleted');
}

const INTERVAL_MS = 1_000;

/** Progress display on standard error, at most once per second: one updated line on a terminal, else single lines. */
export class Progress {
  #printedAt = performance.now();
  #isLineOpen = false;

  constructor(
    private readonly what: string,
    private readonly total: number,
  ) {}

  /** Prints that `count` of the total are done, at most once per second. */
  step(count: number): void {
    if (performance.now() - this.#printedAt < INTERVAL_MS) return;
    this.#printedAt = performance.now();
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
