/** Failed look-ups in a minute, beyond which no token is looked up that has not been valid before. */
const PER_MINUTE = 30;

const MINUTE_MS = 60_000;

/** Counts look-ups that fail or are under way. */
export class Attempts {
  readonly #now: () => number;
  #failures: number[] = [];
  #running = 0;

  /** @param now milliseconds of a clock that is never set back */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Seconds to wait before the next look-up; 0 for none. */
  waitSeconds(): number {
    const now = this.#now();
    this.#failures = this.#failures.filter((at) => now - at < MINUTE_MS);
    if (this.#failures.length + this.#running < PER_MINUTE) return 0;
    const [oldest = now - MINUTE_MS + 1000] = this.#failures;
    return Math.max(1, Math.ceil((MINUTE_MS - (now - oldest)) / 1000));
  }

  /** Runs a look-up. @param isFailure whether its result counts as a failure */
  async count<T>(lookup: () => Promise<T>, isFailure: (result: T) => boolean): Promise<T> {
    this.#running += 1;
    try {
      const result = await lookup();
      if (isFailure(result)) this.#failures.push(this.#now());
      return result;
    } finally {
      this.#running -= 1;
    }
  }
}
