import type { Stats } from 'node:fs';
import { DavError, systemCode } from '../errors';
import type { Folder } from './folder';
import { APPEND_FILE, CREATE_FILE, lstatIfThere, NEW_FILE_MODE, system } from './system';
import { keepOwnership, writeAll } from './upload';

/** A piece of a file that comes in several requests. */
export interface Piece {
  /** Where it begins, in bytes: where the part that is there ends. */
  readonly offset: number;
  /** Of the whole file, in bytes. */
  readonly length: number;
  readonly body: AsyncIterable<Uint8Array>;
}

/** What the complete file gets. */
export interface PartAttributes {
  /** The file that it replaces. */
  readonly replaced: Stats | null;
  /** Time of modification; null for now. */
  readonly modifiedMs: number | null;
}

/** Length of the part of a file that has arrived, in bytes; null where there is none. */
export async function partLength(folder: Folder, name: string): Promise<number | null> {
  const stats = await lstatIfThere(folder.at(name));
  return stats?.isFile() ? stats.size : null;
}

/**
 * Continues a part. What has arrived stays when the body ends early.
 *
 * @returns the state of the part, which has its attributes once it is complete
 * @throws DavError 409 where the part does not end at the offset, 400 for a body beyond the length
 */
export async function appendPart(
  folder: Folder,
  name: string,
  { offset, length, body }: Piece,
  { replaced, modifiedMs }: PartAttributes,
): Promise<Stats> {
  const descriptor = await openPart(folder.at(name), offset);
  try {
    const before = await system.fstat(descriptor);
    if (!before.isFile() || before.size !== offset) throw new DavError(409, 'the upload does not end there');
    await writeAll(descriptor, atMost(length - offset, body));
    const { size } = await system.fstat(descriptor);
    if (size === length) {
      if (replaced !== null) await keepOwnership(descriptor, replaced);
      if (modifiedMs !== null)
        await system.utimes(`/proc/self/fd/${descriptor}`, modifiedMs / 1000, modifiedMs / 1000);
    }
    return await system.fstat(descriptor);
  } finally {
    await system.close(descriptor);
  }
}

async function openPart(path: string, offset: number): Promise<number> {
  try {
    return await system.open(path, APPEND_FILE);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    if (offset > 0) throw new DavError(409, 'there is no such upload any more');
    return system.open(path, CREATE_FILE | APPEND_FILE, NEW_FILE_MODE);
  }
}

async function* atMost(limit: number, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let left = limit;
  for await (const chunk of body) {
    left -= chunk.length;
    if (left < 0) throw new DavError(400, 'the body is longer than the file');
    yield chunk;
  }
}
