import { closeSync, constants, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { HOME_NOTICE_FILE, STARTUP_DIRECTORY, STARTUP_DIRECTORY_VARIABLE } from '../../domain/names';
import type { Variables } from '../variables';

/** Longest notice that is read, in bytes. */
const MAX_BYTES = 4_096;

/** The directory of what init containers hand to the lab. */
export function startupDirectory(variables: Variables): string {
  return variables[STARTUP_DIRECTORY_VARIABLE] || STARTUP_DIRECTORY;
}

/** The notice about the space in the home directory, as Markdown; null where there is none. */
export function readHomeNotice(directory: string): string | null {
  let file: number;
  try {
    file = openSync(join(directory, HOME_NOTICE_FILE), constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch {
    return null;
  }
  try {
    const buffer = Buffer.alloc(MAX_BYTES);
    return buffer.toString('utf8', 0, readSync(file, buffer));
  } catch {
    return null;
  } finally {
    closeSync(file);
  }
}
