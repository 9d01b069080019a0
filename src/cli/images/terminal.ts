
/** Something that a command does only when it is told so explicitly; ends the process with code 2. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

/**
 * Asks on the terminal whether to go on.
 *
 * @throws Refusal unless the answer is yes, and where there is no terminal to ask on.
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
