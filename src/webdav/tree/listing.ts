import type { Stats } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { childOf, type ResourcePath } from '../request/url-paths';
import type { Folder } from './folder';
import type { ServedTree } from './served-tree';
import { lstatIfThere } from './system';
import { isTemporaryName } from './temporary-names';

/** An entry of a folder; of a link its target. */
export interface Listed {
  readonly name: string;
  /** Path that locks and properties are kept for. */
  readonly path: ResourcePath;
  readonly stats: Stats;
}

/** Entries at a time. */
const BATCH = 256;

/**
 * Lists a folder in batches, so that memory does not grow with it. What cannot be read or named, and links that lead
 * nowhere, are left out.
 */
export async function* listFolder(
  tree: ServedTree,
  path: ResourcePath,
  folder: Folder,
): AsyncGenerator<readonly Listed[]> {
  let names: string[] = [];
  const statsOf = () => Promise.all(names.map((name) => listed(tree, path, folder, name)));
  for await (const { name } of await opendir(folder.at('.'), { bufferSize: BATCH })) {
    if (isTemporaryName(name)) continue;
    names.push(name);
    if (names.length < BATCH) continue;
    yield (await statsOf()).filter((each) => each !== null);
    names = [];
  }
  yield (await statsOf()).filter((each) => each !== null);
}

async function listed(
  tree: ServedTree,
  parent: ResourcePath,
  folder: Folder,
  name: string,
): Promise<Listed | null> {
  try {
    const path = childOf(parent, name);
    const stats = await lstatIfThere(folder.at(name));
    if (stats === null) return null;
    return stats.isSymbolicLink() ? await target(tree, path, name) : { name, path, stats };
  } catch {
    return null;
  }
}

async function target(tree: ServedTree, link: ResourcePath, name: string): Promise<Listed | null> {
  const visit = tree.visit();
  try {
    const { path, stats } = await visit.find(link);
    return stats === null ? null : { name, path, stats };
  } finally {
    visit.close();
  }
}
