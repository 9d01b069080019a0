import {
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isSystemError, symbolOf } from './system-error';

/** What is at a path; a link is a link, whatever it points to. */
export type EntryKind = 'nothing' | 'file' | 'directory' | 'link' | 'other';

/** Nothing is below a file either. */
function ifThere(read: () => Stats): Stats | null {
  try {
    return read();
  } catch (error) {
    if (isSystemError(error) && ['ENOENT', 'ENOTDIR'].includes(symbolOf(error) ?? '')) return null;
    throw error;
  }
}

/** Says what is at a path without following it. */
export function entryKind(path: string): EntryKind {
  const entry = ifThere(() => lstatSync(path));
  if (entry === null) return 'nothing';
  if (entry.isSymbolicLink()) return 'link';
  if (entry.isDirectory()) return 'directory';
  return entry.isFile() ? 'file' : 'other';
}

/** What is at a path, following links; null where there is nothing. */
export function statusOf(path: string): Stats | null {
  return ifThere(() => statSync(path));
}

/** The text of a file, following links; null where there is no file. */
export function readTextAt(path: string): string | null {
  return statusOf(path)?.isFile() ? readFileSync(path, 'utf8') : null;
}

/** Errors of writing name no file of their own. */
function namingPath(error: unknown, path: string): unknown {
  return isSystemError(error) ? Object.assign(error, { path }) : error;
}

/** Writes a new file, through no link, and makes sure that it is stored. */
export function writeNewFile(path: string, content: string | Uint8Array, mode: number): void {
  rmSync(path, { force: true });
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const file = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
  try {
    fchmodSync(file, mode);
    writeFileSync(file, content);
    // A file server may tell of an exceeded quota only now.
    fsyncSync(file);
  } catch (error) {
    throw namingPath(error, path);
  } finally {
    closeSync(file);
  }
}

/**
 * Puts a file with this content in place at once, instead of a file or a link that is there. The directory is
 * created if need be. Whoever is interrupted leaves the old file, and a hidden new one for the next run.
 */
export function replaceFile(path: string, content: string | Uint8Array, mode = 0o644): void {
  const temporary = join(dirname(path), `.${basename(path)}.nublado-new`);
  mkdirSync(dirname(path), { recursive: true });
  try {
    writeNewFile(temporary, content, mode);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw namingPath(error, path);
  }
}

/** As `replaceFile`, for a file of the user's: one that is there keeps its mode. */
export function rewriteFile(path: string, content: string): void {
  replaceFile(path, content, modeOf(path));
}

/** The mode of a file, without following links; that of new files where there is none. */
export function modeOf(path: string): number {
  const entry = ifThere(() => lstatSync(path));
  return entry?.isFile() ? entry.mode & 0o777 : 0o644;
}
