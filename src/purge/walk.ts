import { type BigIntStats, type Dir, promises } from 'node:fs';
import {
  closeDirectory,
  type Directory,
  entryPath,
  handlePath,
  identityOf,
  openChild,
  pathText,
  removeDirectory,
  removeFile,
} from './directory';
import { type Expiry, expiryOf } from './expiry';
import type { DirectoryPolicy } from './policy';
import type { Counts } from './tally';

/** Entries that are read and examined at a time. */
const BATCH = 64;

/** Levels below a root that are entered; each keeps two handles open. */
export const MAX_DEPTH = 500;

/** A file that is to be removed. */
export interface ExpiredFile extends Expiry {
  readonly path: string;
  readonly bytes: number;
}

/** Who is told, in the order of events. */
export interface Observer {
  /** Some entries of a directory are about to be examined. */
  examining?(path: string): void;
  /** A directory is about to be opened. */
  entering?(path: string): void;
  /** A file is due; in a purge it is removed next. */
  expired?(file: ExpiredFile): void;
  removed?(file: ExpiredFile): void;
  /** An emptied directory was removed, or would be. */
  removedDirectory?(path: string): void;
  failed?(path: string, error: unknown): void;
}

/** The walk of one root. */
export interface Walk {
  readonly policy: DirectoryPolicy;
  /** When files are judged, in milliseconds since 1970. */
  readonly whenMs: number;
  readonly isDryRun: boolean;
  /** Whether an open directory is a root itself, by its path or identity. */
  isRoot(directory: Directory): boolean;
  /** Whether a root is below the directory, even one that does not exist. */
  isAboveRoot(directory: Directory): boolean;
  readonly counts: Counts;
  readonly observer: Observer;
  readonly signal: AbortSignal;
}

/** What became of a directory's entries. */
interface Outcome {
  kept: number;
  removed: number;
}

type Fate = 'kept' | 'removed' | 'gone';

/** By shape, since the system's errors may be of another realm. */
const codeOf = (error: unknown): string | null =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : null;

/**
 * Removes what is due below a directory, depth first, and goes on after any error. Entries are listed by and by, so
 * that the memory needed depends on the depth of the tree alone.
 */
export async function purgeBelow(directory: Directory, walk: Walk, depth = 0): Promise<Outcome> {
  const outcome: Outcome = { kept: 0, removed: 0 };
  const count = (fate: Fate) => {
    if (fate !== 'gone') outcome[fate] += 1;
  };
  let listing: Dir | null = null;
  try {
    listing = await promises.opendir(handlePath(directory), {
      // Typed for strings alone.
      encoding: 'buffer' as BufferEncoding,
      bufferSize: BATCH,
    });
    for (let batch = await nextBatch(listing); batch.length > 0; batch = await nextBatch(listing)) {
      walk.observer.examining?.(directory.path.toString());
      const judged = await Promise.all(batch.map((entry) => judge(directory, entry, walk)));
      for (const act of judged) {
        if (walk.signal.aborted) return { ...outcome, kept: outcome.kept + 1 };
        count(typeof act === 'string' ? act : await act(depth));
      }
    }
  } catch (error) {
    fail(walk, directory.path.toString(), error);
    outcome.kept += 1;
  } finally {
    await listing?.close().catch(() => undefined);
  }
  return outcome;
}

interface Entry {
  readonly name: Buffer;
  readonly kind: 'directory' | 'link' | 'other';
}

async function nextBatch(listing: Dir): Promise<Entry[]> {
  const batch: Entry[] = [];
  while (batch.length < BATCH) {
    const entry = await listing.read();
    if (entry === null) break;
    const kind = entry.isDirectory() ? 'directory' : entry.isSymbolicLink() ? 'link' : 'other';
    batch.push({ name: entry.name as unknown as Buffer, kind });
  }
  return batch;
}

/** What becomes of an entry, or what is to be done with it; reads only, so that it may happen for many at once. */
async function judge(
  directory: Directory,
  { name, kind }: Entry,
  walk: Walk,
): Promise<Fate | ((depth: number) => Fate | Promise<Fate>)> {
  if (kind === 'directory') return (depth) => visit(directory, name, walk, depth + 1);
  if (kind === 'link') {
    walk.counts.links += 1;
    return 'kept';
  }
  try {
    const status = await promises.lstat(entryPath(directory, name), { bigint: true });
    walk.counts.files += 1;
    if (status.isDirectory() || status.isSymbolicLink()) return changed(walk);
    const expiry = expiryOf(status, walk.policy, walk.whenMs);
    if (expiry === null) return 'kept';
    return () => purgeFile(directory, name, { status, expiry }, walk);
  } catch (error) {
    return stayed(walk, pathText(directory, name), error);
  }
}

function purgeFile(
  directory: Directory,
  name: Buffer,
  { status, expiry }: { readonly status: BigIntStats; readonly expiry: Expiry },
  walk: Walk,
): Fate {
  const file = { path: pathText(directory, name), bytes: Number(status.size), ...expiry };
  walk.observer.expired?.(file);
  try {
    const isStillDue = (now: BigIntStats) =>
      identityOf(now) === identityOf(status) && expiryOf(now, walk.policy, walk.whenMs) !== null;
    if (!walk.isDryRun && !removeFile(directory, name, isStillDue)) return changed(walk);
  } catch (error) {
    return stayed(walk, file.path, error);
  }
  walk.counts.removedFiles += 1;
  walk.counts.removedBytes += file.bytes;
  walk.observer.removed?.(file);
  return 'removed';
}

async function visit(parent: Directory, name: Buffer, walk: Walk, depth: number): Promise<Fate> {
  const path = pathText(parent, name);
  if (depth > MAX_DEPTH) {
    return stayed(walk, path, new Error(`is more than ${MAX_DEPTH} levels deep and was not entered`));
  }
  walk.observer.entering?.(path);
  let child: Directory;
  try {
    child = openChild(parent, name);
  } catch (error) {
    // A link or a file took its place.
    return ['ENOTDIR', 'ELOOP'].includes(codeOf(error) ?? '') ? changed(walk) : stayed(walk, path, error);
  }
  try {
    if (walk.isRoot(child)) return 'kept';
    if (child.mount !== parent.mount) {
      walk.counts.mounts += 1;
      return 'kept';
    }
    return purgeDirectory(child, await purgeBelow(child, walk, depth), walk);
  } finally {
    closeDirectory(child);
  }
}

/** Removes a directory whose entries are all gone, if its policy wants that. */
function purgeDirectory(directory: Directory, { kept, removed }: Outcome, walk: Walk): Fate {
  const { emptyDirectories } = walk.policy;
  const isWanted = emptyDirectories === 'all' || (emptyDirectories === 'emptied' && removed > 0);
  if (kept > 0 || !isWanted || walk.isAboveRoot(directory)) return 'kept';
  const path = directory.path.toString();
  try {
    if (!walk.isDryRun && !removeDirectory(directory)) return changed(walk);
  } catch (error) {
    // What was created meanwhile.
    return ['ENOTEMPTY', 'EEXIST'].includes(codeOf(error) ?? '') ? changed(walk) : stayed(walk, path, error);
  }
  walk.counts.removedDirectories += 1;
  walk.observer.removedDirectory?.(path);
  return 'removed';
}

function changed(walk: Walk): Fate {
  walk.counts.changed += 1;
  return 'kept';
}

function stayed(walk: Walk, path: string, error: unknown): Fate {
  if (['ENOENT', 'ESTALE'].includes(codeOf(error) ?? '')) {
    walk.counts.vanished += 1;
    return 'gone';
  }
  fail(walk, path, error);
  return 'kept';
}

function fail(walk: Walk, path: string, error: unknown): void {
  walk.counts.errors += 1;
  walk.observer.failed?.(path, error);
}
