import {
  access,
  chmod,
  chown,
  close,
  constants,
  copyFile,
  fchmod,
  fchown,
  fstat,
  ftruncate,
  lstat,
  mkdir,
  open,
  read,
  readlink,
  rename,
  rmdir,
  type Stats,
  statfs,
  symlink,
  unlink,
  utimes,
  write,
} from 'node:fs';
import { promisify } from 'node:util';
import { systemCode } from '../errors';

/**
 * Calls of the operating system, none of which blocks the process: homes are on network file systems. The forms with
 * numbers for descriptors take half the time of `FileHandle`.
 */
export const system = {
  access: promisify(access),
  chmod: promisify(chmod),
  chown: promisify(chown),
  close: promisify(close),
  copyFile: promisify(copyFile),
  fchmod: promisify(fchmod),
  fchown: promisify(fchown),
  fstat: promisify(fstat) as (descriptor: number) => Promise<Stats>,
  ftruncate: promisify(ftruncate),
  lstat: promisify(lstat) as (path: string | Buffer) => Promise<Stats>,
  mkdir: promisify(mkdir) as (path: string | Buffer, mode?: number) => Promise<void>,
  open: promisify(open) as (path: string | Buffer, flags: number, mode?: number) => Promise<number>,
  read: promisify(read) as (
    descriptor: number,
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
  ) => Promise<{ bytesRead: number }>,
  readlink: promisify(readlink) as {
    (path: string): Promise<string>;
    (path: Buffer, encoding: 'buffer'): Promise<Buffer>;
  },
  rename: promisify(rename),
  rmdir: promisify(rmdir),
  statfs: promisify(statfs),
  symlink: promisify(symlink),
  unlink: promisify(unlink),
  utimes: promisify(utimes),
  write: promisify(write) as (
    descriptor: number,
    buffer: Uint8Array,
    offset: number,
    length: number,
  ) => Promise<{ bytesWritten: number }>,
};

/** Linux's O_PATH, which Node's constants lack: a descriptor that needs no permission to read, and reads nothing. */
const O_PATH = 0o10000000;

/** How a folder is opened to reach what is in it. */
export const FOLDER = O_PATH | constants.O_DIRECTORY;

/** The same, of a name that must not be a link. */
export const FOLDER_ITSELF = FOLDER | constants.O_NOFOLLOW;

/** How a file is opened to be read: never a link, and never waiting for the other side of a pipe. */
export const READ_FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** How a file that must not exist is created. */
export const CREATE_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** How a file is opened to be written in place. */
export const REWRITE_FILE = constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** How a file is opened to be continued. */
export const APPEND_FILE = REWRITE_FILE | constants.O_APPEND;

/** Permissions of what is created, before the process's mask. */
export const NEW_FILE_MODE = 0o666;

/** A file's state where it is there; null where there is none. */
export async function lstatIfThere(path: string | Buffer): Promise<Stats | null> {
  try {
    return await system.lstat(path);
  } catch (error) {
    if (['ENOENT', 'ESTALE'].includes(systemCode(error) ?? '')) return null;
    throw error;
  }
}

/** How an entry itself is opened, to change what the system keeps about it. */
export const ENTRY_ITSELF = O_PATH | constants.O_NOFOLLOW;
