import { closeSync, readlinkSync } from 'node:fs';
import { FOLDER_ITSELF, system } from './system';

/**
 * An open folder. What is in it is reached through its descriptor, so that no link put in the place of a folder above
 * it can lead anywhere else.
 */
export class Folder {
  readonly descriptor: number;

  constructor(descriptor: number) {
    this.descriptor = descriptor;
  }

  /** Path of an entry through the descriptor; the folder's own for `.`. */
  at(name: string): string {
    return `/proc/self/fd/${this.descriptor}/${name}`;
  }

  /** The same for a name in bytes, which need not be UTF-8. */
  atBytes(name: Buffer): Buffer {
    return Buffer.concat([Buffer.from(this.at('')), name]);
  }

  /** Opens a folder in it, never through a link. */
  async enter(name: Buffer | string): Promise<Folder> {
    const path = typeof name === 'string' ? this.at(name) : this.atBytes(name);
    return new Folder(await system.open(path, FOLDER_ITSELF));
  }

  /** Where the folder is now, as the kernel knows it. */
  realPath(): string {
    return realPathOf(this.descriptor);
  }

  /** Closes it. Synchronously: nothing was read or written that a file system would have to finish. */
  close(): void {
    closeSync(this.descriptor);
  }
}

/** Where an open file is now, as the kernel knows it; one that is deleted has a suffix. */
export function realPathOf(descriptor: number): string {
  return readlinkSync(`/proc/self/fd/${descriptor}`);
}
