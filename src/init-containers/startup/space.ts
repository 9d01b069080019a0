import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { entryKind, readTextAt, writeNewFile } from '../files';
import { describeError, errorText, isSystemError } from '../system-error';
import type { Report } from '../variables';

/** Writes 1 MiB to the home directory and removes it. @throws the system's error. */
export function writeMegabyte(home: string): void {
  const path = join(home, '.nublado-space-check');
  try {
    // Random, since a compressing file system has room for zeros.
    writeNewFile(path, randomBytes(2 ** 20), 0o600);
  } finally {
    rmSync(path, { force: true });
  }
}

/** Empties caches. Links are skipped: their targets may be more than a cache. Never throws. */
export function emptyCaches(home: string, report: Report): void {
  for (const name of ['.cache', '.astropy/cache']) {
    const path = join(home, name);
    try {
      if (entryKind(path) !== 'directory') continue;
      rmSync(path, { recursive: true, force: true });
      mkdirSync(path);
      report(`${path} was emptied`);
    } catch (error) {
      report(`warning: ${path} was not emptied: ${describeError(error)}`);
    }
  }
}

/**
 * Ensures that the home directory has room for a lab to start, by emptying caches if necessary.
 *
 * @throws the system's error, e.g. ENOSPC or EDQUOT, if that is not enough.
 */
export function ensureSpace(home: string, write: (home: string) => void, report: Report): void {
  try {
    write(home);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    report(`warning: 1 MB could not be written to ${home}: ${errorText(error)}`);
    emptyCaches(home, report);
    write(home);
  }
}

/** Whether a signed URL has expired, by its parameter `expires`. */
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
  // The file with the URL is removed last, since an interrupted removal is resumed by it.
  rmSync(join(download, 'contents'), { force: true });
  rmSync(address, { force: true });
  rmdirSync(download);
  report(`${download} was removed: it had expired`);
}

/** Removes downloads with an expired signed URL from Astropy's cache. */
export function removeExpiredDownloads(home: string, now: Date, report: Report): void {
  const cache = join(home, '.astropy/cache/download/url');
  if (entryKind(cache) !== 'directory') return;
  for (const name of readdirSync(cache)) {
    const download = join(cache, name);
    try {
      removeExpired(download, now, report);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      report(`warning: ${download} was not removed: ${describeError(error)}`);
    }
  }
}
