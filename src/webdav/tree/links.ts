import { DavError } from '../errors';
import { namesOf, type ResourcePath } from '../request/url-paths';
import type { ServedTree } from './served-tree';
import { lstatIfThere, system } from './system';

/** Most links on one path, as in Linux. */
const MAX_LINKS = 40;

/**
 * Resolves the links of a path as if the served root were `/`: an absolute target begins there, and `..` ends there.
 * Folders that change at the same time can make the answer wrong; the caller checks where it really leads.
 *
 * @throws DavError 409 where a folder on the way is missing, 403 for links that go round in circles.
 */
export async function resolveLinks(
  tree: ServedTree,
  path: ResourcePath,
  isLastFollowed: boolean,
): Promise<ResourcePath> {
  let resolved: string[] = [];
  let names = namesOf(path);
  let links = 0;
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    if (name === '.') continue;
    if (name === '..') {
      resolved.pop();
      continue;
    }
    const isLast = names.length === 0;
    const candidate = `/${[...resolved, name].join('/')}`;
    const stats = await lstatIfThere(tree.realPathOf(candidate));
    if (stats?.isSymbolicLink() && (!isLast || isLastFollowed)) {
      links += 1;
      if (links > MAX_LINKS) throw new DavError(403, 'symbolic links go round in circles');
      const target = await system.readlink(tree.realPathOf(candidate));
      if (target.startsWith('/')) resolved = [];
      names = [...target.split('/').filter((part) => part !== ''), ...names];
      continue;
    }
    if (!isLast && !stats?.isDirectory()) throw new DavError(409, 'the folder above is missing');
    resolved.push(name);
  }
  return `/${resolved.join('/')}`;
}
