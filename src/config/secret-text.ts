import { inspect } from 'node:util';

/** Replacement of confidential text in output. */
export const MASK = '**********';

/** Confidential text that is printed, logged and serialised as asterisks; only `reveal` returns it. */
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
