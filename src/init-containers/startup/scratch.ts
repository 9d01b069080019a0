import { accessSync, constants, lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { entryKind, statusOf } from '../files';
import { errorText, isSystemError } from '../system-error';
import type { Report, Variables } from '../variables';

/** The user's own directory in the site's scratch space, whether or not it exists. */
function scratchDirectory(root: string, variables: Variables, username: string): string {
  return variables.HOMEDIR_SCHEMA === 'initialThenUsername'
    ? join(root, [...username].slice(0, 1).join(''), username)
    : join(root, username);
}

/**
 * Whether an entry is a directory of the user's or root's. Scratch space is writable by all, so others may have planted
 * links.
 */
function isTrusted(path: string): boolean {
  const entry = lstatSync(path);
  return entry.isDirectory() && (entry.uid === process.geteuid?.() || entry.uid === 0);
}

/** Creates a directory unless the path exists. Its parents are created by the site. */
function ensureDirectory(path: string, mode?: number): void {
  if (entryKind(path) === 'nothing') mkdirSync(path, { mode });
}

/**
 * Ensures that the user has a directory of this name in scratch space; a new one has mode 0700. Null if there is no
 * scratch space, or the directory is not writable.
 */
export function scratchSubdirectory(
  variables: Variables,
  username: string,
  name: string,
  report: Report,
): string | null {
  const root = variables.SCRATCH_PATH || '/scratch';
  const own = scratchDirectory(root, variables, username);
  const path = join(own, name);
  try {
    if (!statusOf(root)?.isDirectory()) return null;
    ensureDirectory(own);
    if (isTrusted(own)) ensureDirectory(path, 0o700);
    if (isTrusted(own) && isTrusted(path)) {
      accessSync(path, constants.W_OK);
      return path;
    }
    report(`warning: ${path} is not used: it belongs to someone else, or is no directory`);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    report(`warning: ${path} is not used: ${errorText(error)}`);
  }
  return null;
}
