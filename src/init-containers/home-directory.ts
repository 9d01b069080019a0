import {
  closeSync,
  constants,
  fchownSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
} from 'node:fs';
import { basename, dirname, isAbsolute, resolve } from 'node:path';
import { errorCode, isSystemError, withContext } from './system-error';
import type { Report, Variables } from './variables';

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

/** Creates a directory of mode 0700; false if the path exists already. */
function create(path: string): boolean {
  // Some file servers answer mkdir of an existing path with EACCES instead of EEXIST.
  if (lstatSync(path, { throwIfNoEntry: false })) return false;
  try {
    mkdirSync(path, 0o700);
    return true;
  } catch (error) {
    if (isSystemError(error) && errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Changes the owner of an empty directory; false if it is not empty. */
function changeOwner(entry: number, { uid, gid }: HomeOwner): boolean {
  const directory = openSync(pathOf(entry), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    if (readdirSync(pathOf(directory)).length > 0) return false;
    fchownSync(directory, uid, gid);
    return true;
  } finally {
    closeSync(directory);
  }
}

function checkEntry(entry: number, owner: HomeOwner, report: Report): void {
  const { home, uid, gid } = owner;
  const found = fstatSync(entry);
  if (!found.isDirectory()) {
    throw new Error(`${home} is ${found.isSymbolicLink() ? 'a symbolic link' : 'not a directory'}`);
  }
  if (found.uid !== uid || found.gid !== gid) {
    const mismatch = `${home} is owned by ${found.uid}:${found.gid}, not ${uid}:${gid}`;
    if (!withContext(`change the owner of ${home}`, () => changeOwner(entry, owner))) {
      throw new Error(`${mismatch}, and is not empty`);
    }
    report(`${home} was empty and now belongs to ${uid}:${gid}`);
  }
  const mode = found.mode & 0o777;
  if (mode !== 0o700) report(`warning: ${home} has mode 0${mode.toString(8)}, not 0700`);
}

/**
 * Ensures that the home directory exists and belongs to its user. One level is created, with mode 0700; a wrong owner
 * is changed only while the directory is empty; an unexpected mode is reported and not changed. The owner is changed
 * through the file descriptor of the checked directory, so that no link is followed.
 *
 * @throws Error that says what an operator has to correct.
 */
export function provisionHome(owner: HomeOwner, report: Report): void {
  const { home } = owner;
  const parent = withContext(`open ${dirname(home)}`, () => openDirectory(dirname(home)));
  try {
    const path = `${pathOf(parent)}/${basename(home)}`;
    if (withContext(`create ${home}`, () => create(path))) report(`${home} was created`);
    const entry = withContext(`open ${home}`, () => openEntry(path));
    try {
      checkEntry(entry, owner, report);
    } finally {
      closeSync(entry);
    }
  } finally {
    closeSync(parent);
  }
}

/** 0 is root, which gets no home directory. */
const SMALLEST_ID = 1;

/** Largest user or group ID of Linux; the next number means "unchanged" to `chown`. */
const LARGEST_ID = 2 ** 32 - 2;

/** Path and owner of a home directory. */
interface HomeOwner {
  readonly home: string;
  readonly uid: number;
  readonly gid: number;
}

/** The path in `NUBLADO_HOME`; null if it is absent or unusable. */
export function homeDirectoryIn({ NUBLADO_HOME: home }: Variables): string | null {
  return home && isAbsolute(home) && resolve(home) !== '/' ? resolve(home) : null;
}

function idIn(variables: Variables, name: string): number {
  const text = variables[name] ?? '';
  const id = Number(text);
  if (!/^\d+$/.test(text) || id < SMALLEST_ID || id > LARGEST_ID) {
    throw new Error(`${name} must be a whole number from ${SMALLEST_ID} to ${LARGEST_ID}, not "${text}"`);
  }
  return id;
}

/**
 * Reads `NUBLADO_HOME`, `NUBLADO_UID` and `NUBLADO_GID`.
 *
 * @throws Error that names the variable which is missing or unusable.
 */
export function readHomeOwner(variables: Variables): HomeOwner {
  const home = homeDirectoryIn(variables);
  if (home === null) {
    throw new Error(
      `NUBLADO_HOME must be an absolute path of a directory, not "${variables.NUBLADO_HOME ?? ''}"`,
    );
  }
  return { home, uid: idIn(variables, 'NUBLADO_UID'), gid: idIn(variables, 'NUBLADO_GID') };
}
