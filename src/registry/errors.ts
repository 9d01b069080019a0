import { failureCode } from '../http/fetch';

/**
 * Kinds of failures, by what the caller can do: `unavailable` retry; `rateLimited` retry after a pause; `unauthorized`
 * credentials are missing, refused or insufficient; `notFound` no such repository; `unsupported` the registry does not
 * offer the operation; `untrusted` the TLS connection cannot be trusted; `disallowed` the registry pointed to a URL
 * that must not be requested; `broken` an invalid response.
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
  /** Host of the registry in the configuration. */
  readonly host: string;
  /** HTTP status, if the problem is one. */
  readonly status?: number;
  /** `Retry-After` of the registry in ms. */
  readonly retryAfterMs?: number | null;
}

/** A failed request to a registry. The message has the host, and no token, header, query or content of a response. */
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

  /** Whether a retry may succeed. */
  get isTemporary(): boolean {
    return this.problem === 'unavailable' || this.problem === 'rateLimited';
  }
}

const UNKNOWN_AUTHORITY = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

const BAD_CERTIFICATE = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REVOKED',
  'CERT_UNTRUSTED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** Whether the certificate is the reason of a failure, which proves that the server speaks TLS. */
export function isCertificateFailure(error: unknown): boolean {
  const code = failureCode(error);
  return UNKNOWN_AUTHORITY.has(code) || BAD_CERTIFICATE.has(code);
}

/** The error of a request without a complete response. `subject` begins its message, e.g. `Docker registry x.org`. */
export function networkFailure(error: unknown, subject: string, host: string): RegistryError {
  const code = failureCode(error);
  if (UNKNOWN_AUTHORITY.has(code)) {
    const remedy = 'put the certificate of that authority into a file and name it in NODE_EXTRA_CA_CERTS';
    const message = `${subject} has a certificate of an authority that is not known here (${code}); ${remedy}`;
    return new RegistryError(message, { problem: 'untrusted', host });
  }
  if (BAD_CERTIFICATE.has(code)) {
    const message = `${subject} has a certificate that is not valid for it now (${code}); it needs another one`;
    return new RegistryError(message, { problem: 'untrusted', host });
  }
  if (code.startsWith('ERR_SSL_')) {
    const message = `${subject} does not speak TLS as we do (${code}); check host and port`;
    return new RegistryError(message, { problem: 'untrusted', host });
  }
  return new RegistryError(`${subject} cannot be reached: ${code}`, { problem: 'unavailable', host });
}
