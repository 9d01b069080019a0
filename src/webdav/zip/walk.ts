import type { Stats } from 'node:fs';
import { childOf, type ResourcePath } from '../request/url-paths';
import type { Folder } from '../tree/folder';
import { listFolder } from '../tree/listing';
import { openInside } from '../tree/opened-file';
import type { ServedTree } from '../tree/served-tree';

/** Something in a folder that is put into an archive. */
export interface Found {
  /** Path in the archive, without a slash at its end. */
  readonly name: string;
  readonly stats: Stats;
  /** Opens a file; the caller closes the descriptor. Null for a folder. */
  readonly open: (() => Promise<number>) | null;
}

/** Told of what is left out, and why. */
export type LeaveOut = (name: string, reason: string) => void;

/** Deepest folders. */
const MAX_DEPTH = 200;

/**
 * All files and folders in a folder, one after the other, folders before what is in them. Links to files count as files;
 * links to folders are left out, since they may lead back.
 */
export async function* walk(
  tree: ServedTree,
  path: ResourcePath,
  folder: Folder,
  name: string,
  leaveOut: LeaveOut,
  depth = 0,
): AsyncGenerator<Found> {
  for await (const batch of listFolder(tree, path, folder)) {
    for (const entry of batch) {
      const below = `${name}/${entry.name}`;
      const isLink = entry.path !== childOf(path, entry.name);
      if (entry.stats.isFile()) {
        const link = isLink ? childOf(path, entry.name) : null;
        yield { name: below, stats: entry.stats, open: () => open(tree, folder, entry.name, link) };
      } else if (!entry.stats.isDirectory()) leaveOut(below, 'neither a file nor a folder');
      else if (isLink) leaveOut(below, 'a link to a folder');
      else if (depth === MAX_DEPTH) leaveOut(below, 'too deep');
      else {
        yield { name: below, stats: entry.stats, open: null };
        const inside = await folder.enter(entry.name).catch(() => null);
        if (inside === null) {
          leaveOut(below, 'cannot be opened');
          continue;
        }
        try {
          yield* walk(tree, entry.path, inside, below, leaveOut, depth + 1);
        } catch {
          leaveOut(below, 'cannot be read');
        } finally {
          inside.close();
        }
      }
    }
  }
}

async function open(
  tree: ServedTree,
  folder: Folder,
  name: string,
  link: ResourcePath | null,
): Promise<number> {
  if (link === null) return openInside(tree, { folder, name });
  const visit = tree.visit();
  try {
    return await openInside(tree, await visit.find(link));
  } finally {
    visit.close();
  }
}
