import { inspect } from 'node:util';

/** What confidential text shows of itself. */
export const MASK = '**********';

/** Confidential text that prints, logs and serialises as asterisks; only `reveal` gives it away. */
export class SecretText {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [inspect.custom](): string {
    return MASK;
  }
}
