import type { Dirent } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { systemCode } from '../errors';
import type { Folder } from './folder';
import { system } from './system';
import { namesOn, type Trail } from './trail';

/** Told of each entry that could not be removed, by its names from the removed one on. */
export type RemovalFailure = (names: readonly string[], error: unknown) => void;

/** Files of a folder that are removed at the same time: the way to a network file system takes longer than the work. */
const AT_ONCE = 32;

/**
 * Removes an entry with all that is in it. Links are removed, never followed; what others remove meanwhile is no
 * failure. Names are handled as bytes, since they need not be UTF-8.
 *
 * @returns whether everything is gone
 */
export async function removeEntry(folder: Folder, name: string, fail: RemovalFailure): Promise<boolean> {
  const bytes = Buffer.from(name);
  const outcome = await unlink(folder, bytes, null, fail);
  return outcome === 'folder' ? removeFolder(folder, bytes, null, fail) : outcome === 'gone';
}

/** Like `removeEntry` for what is the server's own: failures do not matter. */
export async function discard(folder: Folder, name: string): Promise<void> {
  await removeEntry(folder, name, () => {});
}

/** Removes what is no folder. */
async function unlink(
  folder: Folder,
  name: Buffer,
  trail: Trail,
  fail: RemovalFailure,
): Promise<'gone' | 'folder' | 'failed'> {
  const path = folder.atBytes(name);
  try {
    await system.unlink(path);
    return 'gone';
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT') return 'gone';
    // Linux says EISDIR for a folder, POSIX EPERM.
    if (code === 'EISDIR') return 'folder';
    if (code === 'EPERM' && (await system.lstat(path)).isDirectory()) return 'folder';
    fail(namesOn(trail), error);
    return 'failed';
  }
}

async function removeFolder(
  parent: Folder,
  name: Buffer,
  trail: Trail,
  fail: RemovalFailure,
): Promise<boolean> {
  try {
    if (!(await removeContent(parent, name, trail, fail))) return false;
    await system.rmdir(parent.atBytes(name));
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return true;
    fail(namesOn(trail), error);
    return false;
  }
}

async function removeContent(
  parent: Folder,
  name: Buffer,
  trail: Trail,
  fail: RemovalFailure,
): Promise<boolean> {
  const folder = await parent.enter(name);
  try {
    const { folders, isAllGone } = await removeFiles(folder, trail, fail);
    let isGone = isAllGone;
    for (const each of folders) {
      const below = { above: trail, name: nameOf(each) };
      isGone = (await removeFolder(folder, Buffer.from(each, 'latin1'), below, fail)) && isGone;
    }
    return isGone;
  } finally {
    folder.close();
  }
}

/** Removes the files of a folder. Its folders are only named: an open listing for each level would take too much. */
async function removeFiles(folder: Folder, trail: Trail, fail: RemovalFailure) {
  const folders: string[] = [];
  let isAllGone = true;
  let files: string[] = [];
  const removeBatch = async () => {
    const outcomes = await Promise.all(
      files.map((name) =>
        unlink(folder, Buffer.from(name, 'latin1'), { above: trail, name: nameOf(name) }, fail),
      ),
    );
    folders.push(...files.filter((_, index) => outcomes[index] === 'folder'));
    isAllGone &&= !outcomes.includes('failed');
    files = [];
  };
  // Latin-1 keeps bytes as they are.
  const entries: AsyncIterable<Dirent> = await opendir(folder.at('.'), {
    encoding: 'latin1',
    bufferSize: 256,
  });
  for await (const entry of entries) {
    if (entry.isDirectory()) folders.push(entry.name);
    else if (files.push(entry.name) === AT_ONCE) await removeBatch();
  }
  await removeBatch();
  return { folders, isAllGone };
}

function nameOf(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString();
}
