import type { IncomingHttpHeaders } from 'node:http';

/** What conditions of HTTP are about; null where there is nothing. */
export interface Representation {
  /** Null for collections, which have none. */
  readonly etag: string | null;
  /** Milliseconds since 1970. */
  readonly modifiedMs: number;
}

/** What conditions lead to; `not-modified` for GET and HEAD alone. */
export type Verdict = 'proceed' | 'failed' | 'not-modified';

/**
 * Decides the conditions of RFC 9110, section 13.2.2, in its order. Lists of tags are compared strongly for
 * `If-Match` and weakly for `If-None-Match`.
 */
export function decide(
  headers: IncomingHttpHeaders,
  isRead: boolean,
  current: Representation | null,
): Verdict {
  const ifMatch = headers['if-match'];
  const ifNoneMatch = headers['if-none-match'];
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, current, false)) return 'failed';
  } else {
    const limit = date(headers['if-unmodified-since']);
    if (limit !== null && (current === null || seconds(current.modifiedMs) > seconds(limit))) return 'failed';
  }
  if (ifNoneMatch !== undefined) {
    if (matches(ifNoneMatch, current, true)) return isRead ? 'not-modified' : 'failed';
  } else if (isRead) {
    const since = date(headers['if-modified-since']);
    if (since !== null && current !== null && seconds(current.modifiedMs) <= seconds(since))
      return 'not-modified';
  }
  return 'proceed';
}

/** Whether `If-Range` lets a range be answered: its tag or date is exactly the present one. */
export function allowsRange(ifRange: string | undefined, current: Representation): boolean {
  if (ifRange === undefined) return true;
  if (ifRange.startsWith('"')) return ifRange.trim() === current.etag;
  const limit = date(ifRange);
  return limit !== null && seconds(limit) === seconds(current.modifiedMs);
}

function matches(header: string, current: Representation | null, isWeak: boolean): boolean {
  if (current === null) return false;
  if (header.trim() === '*') return true;
  const tags = header.match(/(?:W\/)?"[^"]*"/g) ?? [];
  return tags.some((tag) => (isWeak ? tag.replace(/^W\//, '') : tag) === current.etag);
}

function date(header: string | undefined): number | null {
  const time = header === undefined ? Number.NaN : Date.parse(header);
  return Number.isNaN(time) ? null : time;
}

const seconds = (milliseconds: number) => Math.floor(milliseconds / 1000);
