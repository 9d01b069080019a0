import { constants, type Stats } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { DavError } from '../errors';
import type { Folder } from './folder';
import { READ_FILE, system } from './system';
import { isTemporaryName } from './temporary-names';
import { namesOn, type Trail } from './trail';

/** An entry to read from or to write to. */
export interface Entry {
  readonly folder: Folder;
  readonly name: Buffer;
}

/** Told of each entry that could not be copied, by its names from the copied one on. */
export type CopyFailure = (names: readonly string[], error: unknown) => void;

/**
 * Copies an entry to a name that is free, with permissions and times; a link as a link. Entries of a folder that cannot
 * be copied are told and left out.
 *
 * @throws what the entry itself cannot be copied for
 */
export async function copyEntry(
  from: Entry,
  to: Entry,
  depth: '0' | 'infinity',
  fail: CopyFailure,
): Promise<void> {
  await copy(from, to, depth, fail, null);
}

async function copy(
  from: Entry,
  to: Entry,
  depth: '0' | 'infinity',
  fail: CopyFailure,
  trail: Trail,
): Promise<void> {
  const source = from.folder.atBytes(from.name);
  const target = to.folder.atBytes(to.name);
  const stats = await system.lstat(source);
  if (stats.isSymbolicLink()) {
    await system.symlink(await system.readlink(source, 'buffer'), target);
  } else if (stats.isDirectory()) {
    await system.mkdir(target);
    if (depth === 'infinity') await copyContent(from, to, fail, trail);
    await keepTimes(target, stats);
  } else if (stats.isFile()) await copyFile(source, target);
  else throw new DavError(403, 'only files and folders can be copied');
}

async function copyContent(from: Entry, to: Entry, fail: CopyFailure, trail: Trail): Promise<void> {
  const source = await from.folder.enter(from.name);
  try {
    const target = await to.folder.enter(to.name);
    try {
      const copyOne = async (latin1: string) => {
        const name = Buffer.from(latin1, 'latin1');
        const below = { above: trail, name: name.toString() };
        await copy({ folder: source, name }, { folder: target, name }, 'infinity', fail, below).catch(
          (error: unknown) => fail(namesOn(below), error),
        );
      };
      // Folders come last, when the listing is closed: an open one for each level would take too much.
      const folders: string[] = [];
      for await (const entry of await opendir(source.at('.'), { encoding: 'latin1', bufferSize: 256 })) {
        if (isTemporaryName(entry.name)) continue;
        if (entry.isDirectory()) folders.push(entry.name);
        else await copyOne(entry.name);
      }
      for (const name of folders) await copyOne(name);
    } finally {
      target.close();
    }
  } finally {
    source.close();
  }
}

async function copyFile(source: Buffer, target: Buffer): Promise<void> {
  const descriptor = await system.open(source, READ_FILE);
  try {
    const stats = await system.fstat(descriptor);
    if (!stats.isFile()) throw new DavError(403, 'only files and folders can be copied');
    const flags = constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE;
    await system.copyFile(`/proc/self/fd/${descriptor}`, target, flags);
    await keepTimes(target, stats);
  } finally {
    await system.close(descriptor);
  }
}

async function keepTimes(target: Buffer, { atimeMs, mtimeMs }: Stats): Promise<void> {
  await system.utimes(target, atimeMs / 1000, mtimeMs / 1000);
}
