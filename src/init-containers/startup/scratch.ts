import { accessSync, constants, lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { entryKind, statusOf } from '../files';
import { isSystemError, wordsOf } from '../system-error';
import type { Report, Variables } from '../variables';

/** The user's own directory in the site's scratch space, whether or not it exists. */
function scratchDirectory(root: string, variables: Variables, username: string): string {
  return variables.HOMEDIR_SCHEMA === 'initialThenUsername'
    ? join(root, [...username].slice(0, 1).join(''), username)
    : join(root, username);
}

/** Anyone may write to scratch space: what a stranger has put in place there, say a link, is not used. */
function isTrusted(path: string): boolean {
  const entry = lstatSync(path);
  return entry.isDirectory() && (entry.uid === process.geteuid?.() || entry.uid === 0);
}

/** Makes a directory where there is nothing; those above it are the site's to make. */
function ensureDirectory(path: string, mode?: number): void {
  if (entryKind(path) === 'nothing') mkdirSync(path, { mode });
}

/**
 * Makes sure that the user has a directory of this name in scratch space, readable by nobody else if it is new.
 * Answers null where there is no scratch space, or nowhere to write.
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
    report(`warning: ${path} is not used: ${wordsOf(error)}`);
  }
  return null;
}
