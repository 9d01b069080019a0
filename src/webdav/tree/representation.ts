import type { Stats } from 'node:fs';

/**
 * Strong entity tag of a file: which one, how long, and when it was last written, to the microsecond. Every upload is a
 * new file, so that two of one length within a tick of the kernel's clock differ too.
 */
export function etagOf({ ino, size, mtimeMs }: Stats): string {
  return `"${ino.toString(36)}-${size.toString(36)}-${Math.round(mtimeMs * 1000).toString(36)}"`;
}

/** What conditions are checked against: null where there is nothing, no tag for folders. */
export function representationOf(stats: Stats | null): { etag: string | null; modifiedMs: number } | null {
  if (stats === null) return null;
  return { etag: stats.isFile() ? etagOf(stats) : null, modifiedMs: stats.mtimeMs };
}
