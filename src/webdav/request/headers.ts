import type { IncomingHttpHeaders } from 'node:http';
import { DavError } from '../errors';

/** How far below a resource an operation reaches. */
export type Depth = '0' | '1' | 'infinity';

/** Longest life of a lock, in seconds; also of one that is to last for ever. */
export const MAX_LOCK_SECONDS = 3600;

/**
 * The `Depth` header.
 *
 * @throws DavError 400 for a depth that the method does not have.
 */
export function depthOf<T extends Depth>(
  headers: IncomingHttpHeaders,
  allowed: readonly T[],
  otherwise: T,
): T {
  const given = headers['depth'];
  if (given === undefined) return otherwise;
  const depth = allowed.find((each) => each === String(given).toLowerCase());
  if (depth === undefined) throw new DavError(400, `Depth must be one of ${allowed.join(', ')}`);
  return depth;
}

/** Whether what is at the destination may be replaced. @throws DavError 400 for anything but T and F. */
export function mayOverwrite(headers: IncomingHttpHeaders): boolean {
  const given = String(headers['overwrite'] ?? 'T').toUpperCase();
  if (given !== 'T' && given !== 'F') throw new DavError(400, 'Overwrite must be T or F');
  return given === 'T';
}

/** Seconds that a lock is to live, by its `Timeout` header: the first form that is understood, at most an hour. */
export function lockSeconds(headers: IncomingHttpHeaders): number {
  for (const form of String(headers['timeout'] ?? '').split(',')) {
    const [, digits] = /^[ \t]*Second-(\d{1,12})[ \t]*$/i.exec(form) ?? [];
    if (digits !== undefined) return Math.min(Math.max(Number(digits), 1), MAX_LOCK_SECONDS);
    if (/^[ \t]*Infinite[ \t]*$/i.test(form)) return MAX_LOCK_SECONDS;
  }
  return MAX_LOCK_SECONDS;
}

/** URI of a `Lock-Token` header. @throws DavError 400 where there is none. */
export function lockToken(headers: IncomingHttpHeaders): string {
  const [, token] = /^[ \t]*<([^<>\s]+)>[ \t]*$/.exec(String(headers['lock-token'] ?? '')) ?? [];
  if (token === undefined) throw new DavError(400, 'Lock-Token must be a URI in angle brackets');
  return token;
}

/** Time of modification that ownCloud's clients send with a body, in milliseconds since 1970; null for none. */
export function modificationTime(headers: IncomingHttpHeaders): number | null {
  const seconds = Number(headers['x-oc-mtime'] ?? Number.NaN);
  return Number.isFinite(seconds) && Math.abs(seconds) < 1e11 ? seconds * 1000 : null;
}

/** Declared length of a body in bytes: 0 for none, null where it comes in chunks. */
export function declaredLength(headers: IncomingHttpHeaders): number | null {
  if (headers['transfer-encoding'] !== undefined) return null;
  return Number(headers['content-length'] ?? 0);
}
