import { constants, type Stats } from 'node:fs';
import { DavError, systemCode } from '../errors';
import type { Folder } from './folder';
import type { Spot } from './served-tree';
import { CREATE_FILE, NEW_FILE_MODE, REWRITE_FILE, system } from './system';
import { temporaryName } from './temporary-names';

/** A body on its way to a file. */
export interface Upload {
  /** Puts the complete body under its name. */
  readonly commit: () => Promise<Stats>;
  /** Removes what has been written; the file that was there is as it was. */
  readonly abandon: () => Promise<void>;
}

/**
 * Writes a body beside the file that it is to become. Permissions of a file that it replaces are kept, its owner where
 * the system allows that. Only where the folder takes no new files is an existing file written in place.
 *
 * @param modifiedMs time of modification that the file gets; null for now
 * @throws whatever the body ends with; then nothing is left of it
 */
export async function receive(
  { folder, name, stats }: Spot,
  body: AsyncIterable<Uint8Array>,
  modifiedMs: number | null,
): Promise<Upload> {
  if (stats !== null) await system.access(folder.at(name), constants.W_OK);
  const { path, descriptor } = await openTarget(folder, name, stats);
  const isInPlace = path === name;
  const abandon = async () => {
    if (!isInPlace) await system.unlink(folder.at(path)).catch(() => {});
  };
  let written: Stats;
  try {
    try {
      const length = await writeAll(descriptor, body);
      if (isInPlace) await system.ftruncate(descriptor, length);
      else if (stats !== null) await keepOwnership(descriptor, stats);
      if (modifiedMs !== null)
        await system.utimes(`/proc/self/fd/${descriptor}`, modifiedMs / 1000, modifiedMs / 1000);
      written = await system.fstat(descriptor);
    } finally {
      // Network file systems tell of a full disk only here.
      await system.close(descriptor);
    }
  } catch (error) {
    await abandon();
    throw error;
  }
  const commit = async () => {
    if (!isInPlace) await system.rename(folder.at(path), folder.at(name));
    return written;
  };
  return { commit, abandon };
}

async function openTarget(folder: Folder, name: string, stats: Stats | null) {
  const path = temporaryName();
  try {
    return { path, descriptor: await system.open(folder.at(path), CREATE_FILE, NEW_FILE_MODE) };
  } catch (error) {
    if (stats === null || !['EACCES', 'EPERM'].includes(systemCode(error) ?? '')) throw error;
    return { path: name, descriptor: await system.open(folder.at(name), REWRITE_FILE) };
  }
}

/** Writes a body at the position of a descriptor. @returns its length in bytes */
export async function writeAll(descriptor: number, body: AsyncIterable<Uint8Array>): Promise<number> {
  let length = 0;
  for await (const chunk of body) {
    for (let offset = 0; offset < chunk.length; ) {
      const { bytesWritten } = await system.write(descriptor, chunk, offset, chunk.length - offset);
      if (bytesWritten === 0) throw new DavError(507, 'the file system takes no more');
      offset += bytesWritten;
    }
    length += chunk.length;
    free(chunk);
  }
  return length;
}

/**
 * Gives back the memory of a piece that is written, where it shares it with no other. Left to the garbage collection,
 * which counts objects and not what they hold, a fast upload has some 100 MB of written pieces at a time.
 */
function free(chunk: Uint8Array): void {
  const { buffer } = chunk;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === chunk.length) buffer.transfer(0);
}

/** Gives a new file the permissions of the one that it replaces, and its owner where the system allows that. */
export async function keepOwnership(descriptor: number, { mode, uid, gid }: Stats): Promise<void> {
  const { uid: ownUid, gid: ownGid, mode: ownMode } = await system.fstat(descriptor);
  if (uid !== ownUid || gid !== ownGid) await system.fchown(descriptor, uid, gid).catch(() => {});
  if ((mode & 0o777) !== (ownMode & 0o777)) await system.fchmod(descriptor, mode & 0o777);
}
