import {
  closeSync,
  constants,
  fchownSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
} from 'node:fs';
import { basename, dirname, isAbsolute, resolve } from 'node:path';
import { openDirectory, openEntry, pathOf } from './open-directory';
import { errorCode, isSystemError, withContext } from './system-error';
import type { Report, Variables } from './variables';

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
