import { createInterface } from 'node:readline/promises';
import { Refusal } from './refusal';

/**
 * Asks on the terminal whether to go on.
 *
 * @throws Refusal unless the answer is yes, and where there is no terminal to ask on.
 */
export async function confirm(question: string): Promise<void> {
  if (!process.stdin.isTTY)
    throw new Refusal('there is no terminal to ask on: add --yes to delete without a question');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${question} [y/N] `).finally(() => terminal.close());
  if (!/^\s*y(es)?\s*$/i.test(answer)) throw new Refusal('nothing was deleted');
}
