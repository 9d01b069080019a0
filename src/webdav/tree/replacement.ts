import type { Stats } from 'node:fs';
import type { Folder } from './folder';
import { discard } from './removal';
import { system } from './system';
import { temporaryName } from './temporary-names';

/** An entry by its folder and name. */
export interface Named {
  readonly folder: Folder;
  readonly name: string;
}

/**
 * Moves an entry to a name that may be taken, within one file system. A file is replaced in one step; with a folder on
 * either side what has the name is put aside first, and back when the move fails.
 */
export async function moveOver(
  from: Named,
  to: Named,
  isFolder: boolean,
  replaced: Stats | null,
): Promise<void> {
  const source = from.folder.at(from.name);
  const target = to.folder.at(to.name);
  if (replaced === null || !(isFolder || replaced.isDirectory())) {
    await system.rename(source, target);
    return;
  }
  const aside = temporaryName();
  await system.rename(target, to.folder.at(aside));
  try {
    await system.rename(source, target);
  } catch (error) {
    await system.rename(to.folder.at(aside), target);
    throw error;
  }
  await discard(to.folder, aside);
}
