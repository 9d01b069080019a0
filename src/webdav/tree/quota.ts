import type { Spot } from './served-tree';
import { system } from './system';

/** Room of a file system, in bytes. */
export interface Quota {
  readonly available: number;
  readonly used: number;
}

/** Room of the file system that an entry is in; null where that is not known, which clients take better than 0. */
export async function quotaOf({ folder, name }: Pick<Spot, 'folder' | 'name'>): Promise<Quota | null> {
  try {
    const { bsize, blocks, bfree, bavail } = await system.statfs(folder.at(name));
    return blocks > 0 ? { available: bavail * bsize, used: (blocks - bfree) * bsize } : null;
  } catch {
    return null;
  }
}
