import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DirectoryPolicy } from '../../../src/purge/policy';
import { type PurgeOptions, type PurgeSummary, purge } from '../../../src/purge/run';
import type { ExpiredFile, Observer } from '../../../src/purge/walk';

const DAY_MS = 86_400_000;
const NEVER = { accessIntervalMs: null, creationIntervalMs: null, modificationIntervalMs: null };

/** A policy that keeps files for 30 days after their modification, whatever their size. */
export function monthly(path: string, changes: Partial<DirectoryPolicy> = {}): DirectoryPolicy {
  const month = { ...NEVER, modificationIntervalMs: 30 * DAY_MS };
  return {
    path,
    threshold: 1000,
    intervals: { small: month, large: month },
    emptyDirectories: 'emptied',
    ...changes,
  };
}

/** Writes a file that was last read and written so many days ago; its directory is made if it is missing. */
export function aFile(path: string, days: number, content = 'x'): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  const time = new Date(Date.now() - days * DAY_MS);
  utimesSync(path, time, time);
}

/** Writes files below a directory, by their ages in days. */
export function withAges(directory: string, ages: Readonly<Record<string, number>>): string {
  for (const [name, days] of Object.entries(ages)) aFile(join(directory, name), days);
  return directory;
}

/** A purge with everything that it has told. */
export interface Purged {
  readonly summary: PurgeSummary;
  readonly removed: readonly ExpiredFile[];
  readonly removedDirectories: readonly string[];
  readonly logged: readonly { readonly event: string; readonly fields: Readonly<Record<string, unknown>> }[];
}

/** Purges, and collects what it tells. `expired` acts between the decision about a file and its removal. */
export async function purged(
  directories: readonly DirectoryPolicy[],
  options: Partial<Omit<PurgeOptions, 'observer' | 'log'>> & Pick<Observer, 'expired'> = {},
): Promise<Purged> {
  const removed: ExpiredFile[] = [];
  const removedDirectories: string[] = [];
  const logged: { event: string; fields: Readonly<Record<string, unknown>> }[] = [];
  const { expired, ...others } = options;
  const summary = await purge(
    { directories },
    {
      isDryRun: false,
      whenMs: Date.now(),
      signal: new AbortController().signal,
      ...others,
      log: (_level, event, fields = {}) => {
        if (event !== 'file is due' && event !== 'directory considered') logged.push({ event, fields });
      },
      observer: {
        ...(expired ? { expired } : {}),
        removed: (file) => removed.push(file),
        removedDirectory: (path) => removedDirectories.push(path),
      },
    },
  );
  return { summary, removed, removedDirectories, logged };
}
