import { readdir } from 'node:fs/promises';
import { childOf, type ResourcePath } from '../request/url-paths';
import { discard } from './removal';
import type { ServedTree } from './served-tree';
import { lstatIfThere } from './system';
import { isTemporaryName, LEFTOVER_AGE_MS } from './temporary-names';

/** Most folders that are looked into; homes can have millions. */
const MAX_FOLDERS = 2000;

/**
 * Removes what operations left that a kill broke off more than a day ago, from the uppermost folders down.
 *
 * @returns how many entries were removed
 */
export async function removeLeftovers(tree: ServedTree, now: number): Promise<number> {
  const folders: ResourcePath[] = ['/'];
  let removed = 0;
  for (let index = 0; index < folders.length; index += 1) {
    const path = folders[index] ?? '/';
    const visit = tree.visit();
    try {
      const { folder, name } = await visit.findName(path);
      const inside = visit.keep(await folder.enter(name));
      for (const entry of await readdir(inside.at('.'), { withFileTypes: true })) {
        if (isTemporaryName(entry.name)) {
          const stats = await lstatIfThere(inside.at(entry.name));
          // A copied folder has the old one's times, but not its time of change.
          if (stats === null || now - Math.max(stats.ctimeMs, stats.mtimeMs) < LEFTOVER_AGE_MS) continue;
          await discard(inside, entry.name);
          removed += 1;
        } else if (entry.isDirectory() && folders.length < MAX_FOLDERS)
          folders.push(childOf(path, entry.name));
      }
    } catch {
      // A folder that cannot be read keeps what is in it.
    } finally {
      visit.close();
    }
  }
  return removed;
}
