import { failureCode } from '../http/fetch';
import { RegistryError } from './registry-error';

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

/** Whether a failure is one of the certificate: what answered speaks TLS. */
export function isCertificateFailure(error: unknown): boolean {
  const code = failureCode(error);
  return UNKNOWN_AUTHORITY.has(code) || BAD_CERTIFICATE.has(code);
}

/** The error for a request that got no whole answer. `subject` begins its message, such as `Docker registry x.org`. */
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
