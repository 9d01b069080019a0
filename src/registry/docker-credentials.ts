/** A user and password for a registry. They show in no log, JSON or error: only `authorization` gives them away. */
export class DockerCredentials {
  readonly #encoded: string;

  constructor(user: string, password: string) {
    this.#encoded = Buffer.from(`${user}:${password}`).toString('base64');
  }

  /** The value of an `Authorization` header. */
  authorization(): string {
    return `Basic ${this.#encoded}`;
  }
}
