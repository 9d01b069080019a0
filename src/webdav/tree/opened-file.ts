import { DavError } from '../errors';
import { realPathOf } from './folder';
import type { ServedTree, Spot } from './served-tree';
import { READ_FILE, system } from './system';

/**
 * Opens a file to be read: never a link, and nothing outside of the tree.
 *
 * @returns the descriptor, which the caller closes
 */
export async function openInside(
  tree: ServedTree,
  { folder, name }: Pick<Spot, 'folder' | 'name'>,
): Promise<number> {
  const descriptor = await system.open(folder.at(name), READ_FILE);
  if (tree.contains(realPathOf(descriptor))) return descriptor;
  await system.close(descriptor);
  throw new DavError(403, 'the file is not in the served folder');
}
