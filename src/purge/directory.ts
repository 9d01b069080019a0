import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  rmdirSync,
  statSync,
  unlinkSync,
} from 'node:fs';

/** Linux's O_PATH, which Node's constants lack: a descriptor that needs no permission to read. */
const O_PATH = 0o10000000;

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;

/** An open directory. All that is done in it goes through its handle, whatever its name leads to by then. */
export interface Directory {
  readonly handle: number;
  /** The directory that it was opened in; null for `/`. */
  readonly parent: Directory | null;
  readonly path: Buffer;
  /** Name of it in its parent. */
  readonly name: Buffer;
  /** Device and inode. */
  readonly identity: string;
  /** The kernel's ID of the mount that it is in: bind mounts of one device differ in it alone. */
  readonly mount: string;
}

/** Device and inode, which tell files of one moment apart. */
export const identityOf = ({ dev, ino }: Pick<BigIntStats, 'dev' | 'ino'>): string => `${dev}:${ino}`;

const SLASH = Buffer.from('/');

/** Path of a directory through its handle, which no exchange of names can redirect. */
export const handlePath = ({ handle }: Pick<Directory, 'handle'>): string => `/proc/self/fd/${handle}`;

/** Path of an entry through the handle of its directory. */
export const entryPath = (directory: Pick<Directory, 'handle'>, name: Buffer): Buffer =>
  Buffer.concat([Buffer.from(handlePath(directory)), SLASH, name]);

/** Path of an entry for people, with replacement characters for what is not UTF-8. */
export const pathText = (directory: Directory, name: Buffer): string =>
  `${directory.path.toString()}/${name.toString()}`;

function mountOf(handle: number): string {
  return /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${handle}`, 'latin1'))?.[1] ?? 'unknown';
}

function opened(handle: number, parent: Directory | null, name: Buffer): Directory {
  try {
    const path = parent === null ? Buffer.alloc(0) : Buffer.concat([parent.path, SLASH, name]);
    const identity = identityOf(fstatSync(handle, { bigint: true }));
    return { handle, parent, path, name, identity, mount: mountOf(handle) };
  } catch (error) {
    closeSync(handle);
    throw error;
  }
}

/** Opens a directory for listing. @throws the system's error: ENOTDIR also for a link, which is not followed. */
export function openChild(parent: Directory, name: Buffer): Directory {
  return opened(openSync(entryPath(parent, name), O_RDONLY | O_DIRECTORY | O_NOFOLLOW), parent, name);
}

/** An open root, with the directories on the way to it, which stay open. */
export interface OpenRoot {
  readonly directory: Directory;
  readonly close: () => void;
}

/**
 * Opens a directory by its absolute path, one step after the other, following no link.
 *
 * @throws Error that names the link, or the system's error.
 */
export function openRoot(path: string): OpenRoot {
  const way = [opened(openSync('/', O_PATH | O_DIRECTORY), null, Buffer.alloc(0))];
  const close = () => {
    for (const { handle } of way.toReversed()) closeSync(handle);
  };
  try {
    const names = path.split('/').filter((name) => name !== '');
    for (const [index, text] of names.entries()) {
      const parent = way[index] as Directory;
      const name = Buffer.from(text);
      const access = index === names.length - 1 ? O_RDONLY : O_PATH;
      refuseLink(parent, name);
      way.push(opened(openSync(entryPath(parent, name), access | O_DIRECTORY | O_NOFOLLOW), parent, name));
    }
    return { directory: way.at(-1) as Directory, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Only for the message: opening would refuse it, too. */
function refuseLink(parent: Directory, name: Buffer): void {
  if (!lstatSync(entryPath(parent, name)).isSymbolicLink()) return;
  throw new Error(`${pathText(parent, name)} is a symbolic link; give the path without links`);
}

export const closeDirectory = ({ handle }: Directory): void => closeSync(handle);

/**
 * Whether a directory is where it was opened, below the same directories up to `/`: an open directory that was moved
 * out of its root in the meantime is none of the purge's.
 */
export function isInPlace(directory: Directory): boolean {
  for (let at = directory; at.parent !== null; at = at.parent) {
    if (identityOf(statSync(`${handlePath(at)}/..`, { bigint: true })) !== at.parent.identity) return false;
  }
  return true;
}

/** The state of an entry, not of what a link leads to. */
export const statusOf = (directory: Directory, name: Buffer): BigIntStats =>
  lstatSync(entryPath(directory, name), { bigint: true });

/**
 * Removes a file if `isStillDue` says so of its state, which is read directly before.
 *
 * @returns whether it was removed.
 */
export function removeFile(
  directory: Directory,
  name: Buffer,
  isStillDue: (status: BigIntStats) => boolean,
): boolean {
  if (!isInPlace(directory) || !isStillDue(statusOf(directory, name))) return false;
  unlinkSync(entryPath(directory, name));
  return true;
}

/** Removes an empty directory, if its name still leads to it. @throws ENOTEMPTY if it is not empty. */
export function removeDirectory({ parent, name, identity }: Directory): boolean {
  if (parent === null || !isInPlace(parent) || identityOf(statusOf(parent, name)) !== identity) return false;
  rmdirSync(entryPath(parent, name));
  return true;
}

/** Whether the mount that a directory is in keeps no times of access; false if it cannot be told. */
export function keepsNoAccessTimes({ mount }: Directory): boolean {
  const line = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .find((text) => text.startsWith(`${mount} `));
  return line?.split(' ')[5]?.split(',').includes('noatime') ?? false;
}
