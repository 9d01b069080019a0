import type { Entry } from './entries';

/** Headers of a request that must hold on the server, or nothing is changed. */
export type Condition = Readonly<Record<string, string>>;

/** There is nothing with the name. */
export const IS_ABSENT: Condition = { 'if-none-match': '*' };

/** It is as in the listing: a file by its tag, a folder by the second in which something last came into it or left it. */
export function isAsListed({ etag, modified }: Pick<Entry, 'etag' | 'modified'>): Condition {
  return etag === null ? { 'if-unmodified-since': new Date(modified).toUTCString() } : { 'if-match': etag };
}
