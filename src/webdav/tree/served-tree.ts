import { realpathSync, type Stats } from 'node:fs';
import { DavError, systemCode } from '../errors';
import { namesOf, parentOf, type ResourcePath } from '../request/url-paths';
import { Folder } from './folder';
import { resolveLinks } from './links';
import { FOLDER, lstatIfThere, system } from './system';
import { isTemporary } from './temporary-names';

/** A name in an open folder, and what has it. */
export interface Spot {
  readonly folder: Folder;
  /** `.` for the served root. */
  readonly name: string;
  /** Path with all links resolved, apart from one that the name itself may be: the key of locks and properties. */
  readonly path: ResourcePath;
  /** Null where nothing has the name. */
  readonly stats: Stats | null;
}

/** A name that something has. */
export type FullSpot = Spot & { readonly stats: Stats };

/** How often a path is resolved again that was exchanged meanwhile. */
const ATTEMPTS = 5;

/** The folder that is served. No link leads out of it: it is to links what `/` is in a lab. */
export class ServedTree {
  /** Real path; empty for `/`. */
  readonly root: string;

  /** @throws an error of the operating system where there is no such folder. */
  constructor(directory: string) {
    const root = realpathSync(directory);
    this.root = root === '/' ? '' : root;
  }

  /** Begins an operation, whose open folders are closed together at its end. */
  visit(): Visit {
    return new Visit(this);
  }

  /** Real path of a resource that is reached without links. */
  realPathOf(path: ResourcePath): string {
    return path === '/' ? this.root || '/' : this.root + path;
  }

  /** Whether a real path is in the tree. */
  contains(realPath: string): boolean {
    return realPath === this.root || realPath.startsWith(`${this.root}/`);
  }
}

/** The folders that one operation has open. */
export class Visit {
  readonly #tree: ServedTree;
  readonly #folders: Folder[] = [];

  constructor(tree: ServedTree) {
    this.#tree = tree;
  }

  /**
   * Finds what a path means; links in folders' places are followed, one at the end is not.
   *
   * @throws DavError 409 where the folder above is missing; 403 for names that the server keeps for itself.
   */
  async findName(path: ResourcePath): Promise<Spot> {
    if (isTemporary(path)) throw new DavError(403, 'the server keeps this name for itself');
    return (await this.#direct(path)) ?? (await this.#resolved(path, false));
  }

  /** Like `findName`, but the target of a link at the end. */
  async find(path: ResourcePath): Promise<Spot> {
    const spot = await this.findName(path);
    return spot.stats?.isSymbolicLink() ? this.#resolved(path, true) : spot;
  }

  /** Keeps a folder until the end. */
  keep(folder: Folder): Folder {
    this.#folders.push(folder);
    return folder;
  }

  /** Ends the operation. */
  close(): void {
    for (const folder of this.#folders.splice(0)) folder.close();
  }

  /** The way without links, which is nearly every one; null where it does not lead there. */
  async #direct(path: ResourcePath): Promise<Spot | null> {
    const folder = await this.#open(path === '/' ? path : parentOf(path));
    return folder === null ? null : spotIn(folder, path);
  }

  async #resolved(path: ResourcePath, isLastFollowed: boolean): Promise<Spot> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const direct = await resolveLinks(this.#tree, path, isLastFollowed);
      const spot = await this.#direct(direct);
      if (spot !== null && !(isLastFollowed && spot.stats?.isSymbolicLink())) return spot;
    }
    throw new DavError(409, 'a part of the path was exchanged meanwhile');
  }

  /** Opens the folder of a path that has no links; null where it has, or where there is no folder. */
  async #open(path: ResourcePath): Promise<Folder | null> {
    const realPath = this.#tree.realPathOf(path);
    let descriptor: number;
    try {
      descriptor = await system.open(realPath, FOLDER);
    } catch (error) {
      if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ESTALE'].includes(systemCode(error) ?? '')) return null;
      throw error;
    }
    const folder = this.keep(new Folder(descriptor));
    return folder.realPath() === realPath ? folder : null;
  }
}

async function spotIn(folder: Folder, path: ResourcePath): Promise<Spot> {
  const name = namesOf(path).at(-1) ?? '.';
  return { folder, name, path, stats: await lstatIfThere(folder.at(name)) };
}
