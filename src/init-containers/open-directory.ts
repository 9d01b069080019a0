import { closeSync, constants, fstatSync, openSync, readlinkSync } from 'node:fs';
import { errorCode, isSystemError } from './system-error';

/** Linux's O_PATH, which Node's constants lack: a descriptor that needs no permission to read. */
const O_PATH = 0o10000000;

/** Maximum number of links followed on one path, as in Linux. */
const MAX_LINKS = 40;

const WRITABLE_BY_OTHERS = 0o022;
const STICKY = 0o1000;

/**
 * Path of an open file or directory, through its descriptor: it stays valid when the directory is moved or replaced.
 */
export function pathOf(handle: number): string {
  return `/proc/self/fd/${handle}`;
}

/** Opens any entry with O_PATH; a link itself, not its target. Not for reading. */
export function openEntry(path: string): number {
  return openSync(path, O_PATH | constants.O_NOFOLLOW);
}

/** Opens a directory without following links; null for anything else. Unlike `openEntry` it triggers automounts. */
function openIfDirectory(path: string): number | null {
  try {
    return openSync(path, O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (error) {
    if (isSystemError(error) && errorCode(error) === 'ENOTDIR') return null;
    throw error;
  }
}

/** Whether only root can replace root's entries of a directory. */
function isKeptByRoot(directory: number): boolean {
  const { uid, mode } = fstatSync(directory);
  return uid === 0 && ((mode & WRITABLE_BY_OTHERS) === 0 || (mode & STICKY) !== 0);
}

/** State of a path walk: the open directories from the root, and the names still to be resolved. */
interface Walk {
  readonly path: string;
  readonly directories: number[];
  names: string[];
  links: number;
}

function closeAfter(directories: number[], count: number): void {
  for (const directory of directories.splice(count)) closeSync(directory);
}

/**
 * Puts the names of a link's target in front of the remaining ones. Node cannot read a link through its descriptor, so
 * the target is read by name: link and directory must be such that only root could have replaced the link since the
 * check.
 */
function follow(walk: Walk, name: string, parent: number, owner: number): void {
  const { path, directories } = walk;
  if (owner !== 0) throw new Error(`"${name}" in ${path} is a user's symbolic link`);
  if (!isKeptByRoot(parent)) {
    throw new Error(`"${name}" in ${path} is a symbolic link in a directory that users can change`);
  }
  walk.links += 1;
  if (walk.links > MAX_LINKS) throw new Error(`${path} leads through too many symbolic links`);
  const target = readlinkSync(`${pathOf(parent)}/${name}`);
  if (target.startsWith('/')) closeAfter(directories, 1);
  walk.names = [...target.split('/'), ...walk.names];
}

function step(walk: Walk, name: string): void {
  const { path, directories } = walk;
  if (name === '' || name === '.') return;
  // Not by the directory's own "..", since a user may have moved it in the meantime.
  if (name === '..') return closeAfter(directories, Math.max(directories.length - 1, 1));
  const parent = directories.at(-1) ?? 0;
  const directory = openIfDirectory(`${pathOf(parent)}/${name}`);
  if (directory !== null) {
    directories.push(directory);
    return;
  }
  const entry = openEntry(`${pathOf(parent)}/${name}`);
  const found = fstatSync(entry);
  closeSync(entry);
  if (!found.isSymbolicLink()) throw new Error(`"${name}" in ${path} is not a directory`);
  follow(walk, name, parent, found.uid);
}

/**
 * Opens a directory step by step from the root, each step relative to the descriptor of its parent and without
 * following links, so that nothing can be replaced between check and use. Links are followed only where no user could
 * have created them, since home directories may be inside directories that users control.
 *
 * @throws Error that names the offending link or file, or the system's error.
 */
export function openDirectory(path: string): number {
  const root = openSync('/', O_PATH | constants.O_DIRECTORY);
  const walk: Walk = { path, directories: [root], names: path.split('/'), links: 0 };
  try {
    for (let name = walk.names.shift(); name !== undefined; name = walk.names.shift()) step(walk, name);
    return walk.directories.pop() ?? root;
  } finally {
    closeAfter(walk.directories, 0);
  }
}
