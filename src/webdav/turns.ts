/** Lets operations on one resource run one after the other; those on different ones run side by side. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs an operation after all earlier ones of the same keys have ended, whatever their outcome. */
  async take<T>(keys: readonly string[], operation: () => Promise<T>): Promise<T> {
    const earlier = Promise.allSettled(keys.map((key) => this.#last.get(key) ?? Promise.resolve()));
    const result = earlier.then(operation);
    const settled = result.then(
      () => {},
      () => {},
    );
    for (const key of keys) this.#last.set(key, settled);
    try {
      return await result;
    } finally {
      for (const key of keys) if (this.#last.get(key) === settled) this.#last.delete(key);
    }
  }
}
