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
import { explained, isSystemError, symbolOf } from './system-error';
import type { Report, Variables } from './variables';

/** Creates a directory of mode 0700; false if there is something of its name. */
function create(path: string): boolean {
  // Some file servers answer a mkdir of what is there with EACCES.
  if (lstatSync(path, { throwIfNoEntry: false })) return false;
  try {
    mkdirSync(path, 0o700);
    return true;
  } catch (error) {
    if (isSystemError(error) && symbolOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Gives an empty directory to its user; false if it is not empty. */
function takeOver(entry: number, { uid, gid }: HomeOwner): boolean {
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
    if (!explained(`change the owner of ${home}`, () => takeOver(entry, owner))) {
      throw new Error(`${mismatch}, and is not empty`);
    }
    report(`${home} was empty and now belongs to ${uid}:${gid}`);
  }
  const mode = found.mode & 0o777;
  if (mode !== 0o700) report(`warning: ${home} has mode 0${mode.toString(8)}, not 0700`);
}

/**
 * Makes sure that the home directory is there and belongs to its user. One level is created, with mode 0700; a
 * wrong owner is put right only while the directory is empty; an unexpected mode is left alone and reported.
 * Ownership is changed through a handle on the directory that was looked at, so no link is ever followed.
 *
 * @throws Error that says what an operator has to put right.
 */
export function provisionHome(owner: HomeOwner, report: Report): void {
  const { home } = owner;
  const parent = explained(`open ${dirname(home)}`, () => openDirectory(dirname(home)));
  try {
    const path = `${pathOf(parent)}/${basename(home)}`;
    if (explained(`create ${home}`, () => create(path))) report(`${home} was created`);
    const entry = explained(`open ${home}`, () => openEntry(path));
    try {
      checkEntry(entry, owner, report);
    } finally {
      closeSync(entry);
    }
  } finally {
    closeSync(parent);
  }
}

/** Root's: no home directory is given to it. */
const SMALLEST_ID = 1;

/** The largest id that Linux gives to a user or group; one more means "leave as it is" to `chown`. */
const LARGEST_ID = 2 ** 32 - 2;

/** Where a user's home directory is, and whose it must be. */
interface HomeOwner {
  readonly home: string;
  readonly uid: number;
  readonly gid: number;
}

/** The home directory that the variables name; null without a usable one. */
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
