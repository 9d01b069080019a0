import { DavError } from '../errors';
import { parentOf, type ResourcePath } from '../request/url-paths';
import type { Lock, LockTable } from './lock-table';

/** What a change reaches. */
export interface Change {
  readonly path: ResourcePath;
  /** Whether a name appears in the collection above, or goes from it. */
  readonly isOfName: boolean;
  /** Whether everything below is changed too. */
  readonly isOfTree: boolean;
}

/**
 * Checks that a client has shown a token of the locks that protect what it changes (RFC 4918, section 7).
 *
 * @throws DavError 423 with the URL paths of the locks whose token is missing.
 */
export function checkLocks(
  table: LockTable,
  { path, isOfName, isOfTree }: Change,
  shown: ReadonlySet<string>,
): void {
  if (table.size === 0) return;
  const locks = new Set(table.covering(path));
  if (isOfName) for (const lock of table.covering(parentOf(path))) locks.add(lock);
  if (isOfTree) for (const lock of table.within(path)) locks.add(lock);
  const missing = [...locks].filter((lock) => !isShown(lock, locks, shown));
  if (missing.length === 0) return;
  const hrefs = [...new Set(missing.map(({ href }) => href))];
  throw new DavError(423, 'it is locked', 'lock-token-submitted', hrefs);
}

/** Of shared locks of the same resource one token is enough. */
function isShown(lock: Lock, locks: ReadonlySet<Lock>, shown: ReadonlySet<string>): boolean {
  if (shown.has(lock.token)) return true;
  if (lock.scope === 'exclusive') return false;
  return [...locks].some((other) => other.path === lock.path && shown.has(other.token));
}
