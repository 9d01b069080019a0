import { type Directory, keepsNoAccessTimes, type OpenRoot, openRoot } from './directory';
import type { Log } from './log';
import type { DirectoryPolicy, PurgePolicy } from './policy';
import { type Counts, type Failure, noCounts, SHOWN_FAILURES, sumOf } from './tally';
import { type Observer, purgeBelow } from './walk';

/** How a policy is applied. */
export interface PurgeOptions {
  readonly isDryRun: boolean;
  /** When files are judged, in milliseconds since 1970. */
  readonly whenMs: number;
  readonly observer: Pick<Observer, 'expired' | 'removed' | 'removedDirectory'>;
  readonly log: Log;
  /** Ends the purge early, between two entries. */
  readonly signal: AbortSignal;
  /** A clock in milliseconds, for the rate of progress. */
  readonly clock?: () => number;
}

/** What came of a purge. */
export interface PurgeSummary {
  readonly isDryRun: boolean;
  /** Whether a signal ended it early. */
  readonly isInterrupted: boolean;
  readonly total: Counts;
  readonly directories: readonly { readonly path: string; readonly counts: Counts }[];
  /** The first failures; `total.errors` has their number. */
  readonly failures: readonly Failure[];
}

/** Least time between two lines of progress. */
const PROGRESS_MS = 10_000;

/** The message of an error, without the system call and its path through a handle. */
function messageOf(error: unknown): string {
  const hasMessage = typeof error === 'object' && error !== null && 'message' in error;
  const message = String(hasMessage ? error.message : error);
  const end = message.search(/, [a-z]+ '\/proc\/self\/fd\//);
  return end < 0 ? message : message.slice(0, end);
}

interface Root {
  readonly policy: DirectoryPolicy;
  /** Null if it could not be opened. */
  readonly open: OpenRoot | null;
  readonly counts: Counts;
}

/**
 * Applies a policy, directory by directory, and counts what could not be done instead of ending. All roots are opened
 * first, so that none is taken for a part of another.
 */
export async function purge({ directories }: PurgePolicy, options: PurgeOptions): Promise<PurgeSummary> {
  const { isDryRun, log, signal } = options;
  const failures: Failure[] = [];
  const failed = (path: string, error: unknown) => {
    const message = messageOf(error);
    if (failures.length < SHOWN_FAILURES) {
      failures.push({ path, message });
      log('ERROR', 'purge failed for an entry', { path, message });
    } else if (failures.length === SHOWN_FAILURES) {
      failures.push({ path, message });
      log('ERROR', 'further failures are only counted');
    }
  };
  const roots: Root[] = [];
  try {
    for (const policy of directories) roots.push(opened(policy, failed));
    const progress = progressOf(roots, options);
    for (const root of roots) {
      if (!signal.aborted) await purgeRoot(root, roots, { ...options, failed, progress });
    }
  } finally {
    for (const { open } of roots) open?.close();
  }
  return {
    isDryRun,
    isInterrupted: signal.aborted,
    total: sumOf(roots.map(({ counts }) => counts)),
    directories: roots.map(({ policy: { path }, counts }) => ({ path, counts })),
    failures: failures.slice(0, SHOWN_FAILURES),
  };
}

function opened(policy: DirectoryPolicy, failed: (path: string, error: unknown) => void): Root {
  const counts = noCounts();
  try {
    return { policy, open: openRoot(policy.path), counts };
  } catch (error) {
    counts.errors += 1;
    failed(policy.path, error);
    return { policy, open: null, counts };
  }
}

interface RootOptions extends PurgeOptions {
  readonly failed: (path: string, error: unknown) => void;
  readonly progress: (path: string) => void;
}

async function purgeRoot({ policy, open, counts }: Root, roots: readonly Root[], options: RootOptions) {
  if (open === null) return;
  const { isDryRun, whenMs, signal, log, observer, failed, progress } = options;
  const { path } = policy;
  log('DEBUG', 'directory considered', { path });
  const isAccessJudged = Object.values(policy.intervals).some(({ accessIntervalMs }) => accessIntervalMs);
  if (isAccessJudged && keepsNoAccessTimes(open.directory)) {
    log('WARNING', 'the file system is mounted with noatime: files that are read count as not accessed', {
      path,
    });
  }
  const identities = new Set(roots.map((root) => root.open?.directory.identity));
  const paths = roots.map((root) => root.policy.path);
  await purgeBelow(open.directory, {
    policy,
    whenMs,
    isDryRun,
    isRoot: ({ identity, path }: Directory) => identities.has(identity) || paths.includes(path.toString()),
    isAboveRoot: ({ path }: Directory) => paths.some((other) => other.startsWith(`${path.toString()}/`)),
    counts,
    observer: {
      examining: progress,
      expired: (file) => {
        progress(file.path);
        log('DEBUG', 'file is due', { ...file });
        observer.expired?.(file);
      },
      removed: (file) => observer.removed?.(file),
      removedDirectory: (path) => observer.removedDirectory?.(path),
      failed,
    },
    signal,
  });
}

/** Logs how far the purge is, at most every 10 s. */
function progressOf(roots: readonly Root[], { log, clock = () => performance.now() }: PurgeOptions) {
  let loggedAt = clock();
  return (path: string) => {
    if (clock() - loggedAt < PROGRESS_MS) return;
    loggedAt = clock();
    const { files, removedFiles, removedBytes, errors } = sumOf(roots.map(({ counts }) => counts));
    log('INFO', 'purge in progress', { files, removedFiles, removedBytes, errors, path });
  };
}
