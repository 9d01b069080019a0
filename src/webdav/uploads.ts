/** Resumable uploads of which a piece is being written: one piece at a time, and the latest request counts. */
export class RunningUploads {
  readonly #running = new Map<string, { readonly cancel: () => void; readonly ended: Promise<unknown> }>();

  /**
   * Ends what still writes to an upload, and waits for that. A client whose connection broke is back before the server
   * notices.
   */
  async interrupt(key: string): Promise<void> {
    for (let earlier = this.#running.get(key); earlier !== undefined; earlier = this.#running.get(key)) {
      earlier.cancel();
      await earlier.ended;
    }
  }

  /** Writes a piece, after others of the same upload have been interrupted. */
  async write<T>(key: string, cancel: () => void, operation: () => Promise<T>): Promise<T> {
    await this.interrupt(key);
    const result = operation();
    const ended = result.then(
      () => {},
      () => {},
    );
    this.#running.set(key, { cancel, ended });
    try {
      return await result;
    } finally {
      this.#running.delete(key);
    }
  }
}
