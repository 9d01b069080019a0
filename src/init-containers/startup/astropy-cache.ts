import { readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { entryKind, readTextAt } from '../files';
import { isSystemError, lineAbout } from '../system-error';
import type { Report } from '../variables';

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
