import { opendir } from 'node:fs/promises';
import { systemCode } from '../errors';
import type { Folder } from './folder';
import { system } from './system';

/** Told of each entry that could not be removed, by its names from the removed one on. */
export type RemovalFailure = (names: readonly string[], error: unknown) => void;

/**
 * Removes an entry with all that is in it. Links are removed, never followed; what others remove meanwhile is no
 * failure. Names are handled as bytes, since they need not be UTF-8.
 *
 * @returns whether everything is gone
 */
export async function removeEntry(folder: Folder, name: string, fail: RemovalFailure): Promise<boolean> {
  return remove(folder, Buffer.from(name), [], fail);
}

/** Like `removeEntry` for what is the server's own: failures do not matter. */
export async function discard(folder: Folder, name: string): Promise<void> {
  await removeEntry(folder, name, () => {});
}

async function remove(
  folder: Folder,
  name: Buffer,
  names: readonly string[],
  fail: RemovalFailure,
): Promise<boolean> {
  const path = folder.atBytes(name);
  try {
    await system.unlink(path);
    return true;
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT') return true;
    // Linux says EISDIR for a folder, POSIX EPERM.
    if (code !== 'EISDIR' && code !== 'EPERM') return failed(names, error, fail);
    const isFolder = code === 'EISDIR' || (await system.lstat(path)).isDirectory();
    if (!isFolder) return failed(names, error, fail);
  }
  try {
    if (!(await removeContent(folder, name, names, fail))) return false;
    await system.rmdir(path);
    return true;
  } catch (error) {
    return systemCode(error) === 'ENOENT' || failed(names, error, fail);
  }
}

async function removeContent(
  parent: Folder,
  name: Buffer,
  names: readonly string[],
  fail: RemovalFailure,
): Promise<boolean> {
  const folder = await parent.enter(name);
  let isAllGone = true;
  try {
    // Latin-1 keeps bytes as they are.
    for await (const entry of await opendir(folder.at('.'), { encoding: 'latin1', bufferSize: 256 })) {
      const bytes = Buffer.from(entry.name, 'latin1');
      const isGone = await remove(folder, bytes, [...names, bytes.toString()], fail);
      isAllGone &&= isGone;
    }
  } finally {
    folder.close();
  }
  return isAllGone;
}

function failed(names: readonly string[], error: unknown, fail: RemovalFailure): false {
  fail(names, error);
  return false;
}
