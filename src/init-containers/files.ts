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
import { errorCode, isSystemError } from './system-error';

/** Kind of a directory entry; links are not followed. */
export type EntryKind = 'nothing' | 'file' | 'directory' | 'link' | 'other';

/** Returns null for ENOENT, and for ENOTDIR: nothing exists below a file. */
function ifThere(read: () => Stats): Stats | null {
  try {
    return read();
  } catch (error) {
    if (isSystemError(error) && ['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return null;
    throw error;
  }
}

/** The kind of what is at a path, without following links. */
export function entryKind(path: string): EntryKind {
  const entry = ifThere(() => lstatSync(path));
  if (entry === null) return 'nothing';
  if (entry.isSymbolicLink()) return 'link';
  if (entry.isDirectory()) return 'directory';
  return entry.isFile() ? 'file' : 'other';
}

/** `stat` of a path, following links; null if it does not exist. */
export function statusOf(path: string): Stats | null {
  return ifThere(() => statSync(path));
}

/** The text of a file, following links; null if there is no file. */
export function readTextAt(path: string): string | null {
  return statusOf(path)?.isFile() ? readFileSync(path, 'utf8') : null;
}

/** Adds the path to an error of writing by descriptor, which has none. */
function namingPath(error: unknown, path: string): unknown {
  return isSystemError(error) ? Object.assign(error, { path }) : error;
}

/** Writes a new file, without following links, and flushes it to storage. */
export function writeNewFile(path: string, content: string | Uint8Array, mode: number): void {
  rmSync(path, { force: true });
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const file = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
  try {
    fchmodSync(file, mode);
    writeFileSync(file, content);
    // A file server may report an exceeded quota only now.
    fsyncSync(file);
  } catch (error) {
    throw namingPath(error, path);
  } finally {
    closeSync(file);
  }
}

/**
 * Atomically replaces a file or link at a path, or creates a file there, with its directory. When interrupted, the old
 * file stays, and a hidden temporary one that the next run overwrites.
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

/** As `replaceFile`, for a user's file: an existing one keeps its mode. */
export function rewriteFile(path: string, content: string): void {
  replaceFile(path, content, modeOf(path));
}

/** The mode of a file, without following links; 0644 if there is none. */
export function modeOf(path: string): number {
  const entry = ifThere(() => lstatSync(path));
  return entry?.isFile() ? entry.mode & 0o777 : 0o644;
}
