import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { entryKind, writeNewFile, readTextAt } from '../files';
import { isSystemError, lineAbout, wordsOf } from '../system-error';
import type { Report } from '../variables';

/** Writes 1 MiB to the home directory and removes it; throws the system's error if that cannot be done. */
export function writeMegabyte(home: string): void {
  const path = join(home, '.nublado-space-check');
  try {
    // File systems that compress would have room for zeros.
    writeNewFile(path, randomBytes(2 ** 20), 0o600);
  } finally {
    rmSync(path, { force: true });
  }
}

/** Removes what can be had again. Links are left: what they lead to may be more than a cache. */
function emptyCaches(home: string, report: Report): void {
  for (const name of ['.cache', '.astropy/cache']) {
    const path = join(home, name);
    try {
      if (entryKind(path) !== 'directory') continue;
      rmSync(path, { recursive: true, force: true });
      mkdirSync(path);
      report(`${path} was emptied`);
    } catch (error) {
      report(`warning: ${path} was not emptied: ${lineAbout(error)}`);
    }
  }
}

/**
 * Makes sure that there is room for a lab to start, if need be by emptying caches.
 *
 * @throws the system's error, such as ENOSPC or EDQUOT, when it does not help.
 */
export function ensureSpace(home: string, write: (home: string) => void, report: Report): void {
  try {
    write(home);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    report(`warning: 1 MB could not be written to ${home}: ${wordsOf(error)}`);
    emptyCaches(home, report);
    write(home);
  }
}

/** Whether a download's address says that it was valid until before this time, as signed ones do. */
export function isExpired(address: string, now: Date): boolean {
  const url = address.trim();
  if (!URL.canParse(url)) return false;
  return [...new URL(url).searchParams].some(
    ([name, value]) =>
      name.toLowerCase() === 'expires' && /^\d+$/.test(value) && Number(value) * 1000 < now.getTime(),
  );
}

function removeExpired(download: string, now: Date, report: Report): void {
  const address = join(download, 'url');
  if (entryKind(download) !== 'directory' || entryKind(address) !== 'file') return;
  if (!isExpired(readTextAt(address) ?? '', now)) return;
  // The address goes last: without it, an interrupted removal would never be finished.
  rmSync(join(download, 'contents'), { force: true });
  rmSync(address, { force: true });
  rmdirSync(download);
  report(`${download} was removed: it had expired`);
}

/** Removes downloads from Astropy's cache whose signed address has expired; they could not be had again. */
export function removeExpiredDownloads(home: string, now: Date, report: Report): void {
  const cache = join(home, '.astropy/cache/download/url');
  if (entryKind(cache) !== 'directory') return;
  for (const name of readdirSync(cache)) {
    const download = join(cache, name);
    try {
      removeExpired(download, now, report);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      report(`warning: ${download} was not removed: ${lineAbout(error)}`);
    }
  }
}
