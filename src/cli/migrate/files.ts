import { closeSync, openSync, readSync, writeFileSync } from 'node:fs';
import { MAX_BYTES, UnusableFiles, type ValuesFile } from '../../migration/values/read';

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}

/**
 * Reads a file of at most `MAX_BYTES`, also what is no regular file.
 *
 * @throws UnusableFiles when it cannot be read, is larger, or is no UTF-8.
 */
export function readFile(name: string): ValuesFile {
  const bytes = readBytes(name);
  if (bytes.length > MAX_BYTES) throw new UnusableFiles(`${name}: is larger than ${MAX_BYTES} bytes`);
  try {
    return { name, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    throw new UnusableFiles(`${name}: is no text in UTF-8`);
  }
}

/** The beginning of a file, one byte longer than is allowed. */
function readBytes(name: string): Buffer {
  const buffer = Buffer.alloc(MAX_BYTES + 1);
  let length = 0;
  try {
    const file = openSync(name, 'r');
    try {
      let read = -1;
      while (read !== 0 && length < buffer.length) {
        read = readSync(file, buffer, length, buffer.length - length, null);
        length += read;
      }
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw new UnusableFiles(`${name}: cannot be read (${codeOf(error)})`);
  }
  return buffer.subarray(0, length);
}

/**
 * Writes a new file that only this user can read.
 *
 * @throws UnusableFiles when it exists, or cannot be written.
 */
export function writeNewFile(name: string, text: string): void {
  try {
    writeFileSync(name, text, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    const isThere = codeOf(error) === 'EEXIST';
    throw new UnusableFiles(
      isThere
        ? `${name}: exists already; remove it, or name another file`
        : `${name}: cannot be written (${codeOf(error)})`,
    );
  }
}
