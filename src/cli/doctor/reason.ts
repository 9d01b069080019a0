import type { status } from '@grpc/grpc-js';
import { isGrpcServiceError } from '@temporalio/client';
import { failureCode } from '../../http/fetch';
import { maskSecrets } from '../../redaction/log-redaction';

/** The status of a failed call to Temporal; null for other errors. */
export function statusOf(error: unknown): status | null {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (isGrpcServiceError(current)) return current.code;
  }
  return null;
}

/** Names and passwords of URLs. */
const USERINFO = /:\/\/[^\s/@]+@/g;

/** A text without credentials, as one line. */
export function withoutSecrets(text: string): string {
  return String(maskSecrets(text)).replaceAll(USERINFO, '://[redacted]@').replaceAll(/\s+/g, ' ').trim();
}

/** Why something has failed, without credentials, as one line. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  const details = 'details' in error && typeof error.details === 'string' ? error.details : '';
  // Errors of `fetch` may have headers in their messages.
  if (error instanceof TypeError || error instanceof DOMException) return failureCode(error);
  return withoutSecrets(details || error.message);
}
