/**
 * What went wrong, by what the caller can do about it:
 * `unavailable` no usable answer now, try again; `rateLimited` try again after a pause; `unauthorized` credentials are
 * missing, refused or not good enough; `notFound` no such repository; `unsupported` the registry does not offer it;
 * `untrusted` the TLS connection cannot be trusted; `disallowed` the registry wanted us to go where we must not;
 * `broken` an answer that makes no sense.
 */
export type RegistryProblem =
  | 'unavailable'
  | 'rateLimited'
  | 'unauthorized'
  | 'notFound'
  | 'unsupported'
  | 'untrusted'
  | 'disallowed'
  | 'broken';

export interface RegistryErrorFacts {
  readonly problem: RegistryProblem;
  /** Host of the registry as it is configured. */
  readonly host: string;
  /** HTTP status, if it is one that tells the problem. */
  readonly status?: number;
  /** How long the registry asked to wait. */
  readonly retryAfterMs?: number | null;
}

/** A failed request to a registry. Its message names the host, and no token, header, query or answer. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError';
  readonly problem: RegistryProblem;
  readonly host: string;
  readonly status: number | null;
  readonly retryAfterMs: number | null;

  constructor(message: string, { problem, host, status, retryAfterMs }: RegistryErrorFacts) {
    super(message);
    this.problem = problem;
    this.host = host;
    this.status = status ?? null;
    this.retryAfterMs = retryAfterMs ?? null;
  }

  /** Whether the same request may work later without anybody's doing. */
  get isTemporary(): boolean {
    return this.problem === 'unavailable' || this.problem === 'rateLimited';
  }
}
