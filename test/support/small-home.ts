import { execFile } from 'node:child_process';
import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Whether file systems can be mounted here, which the system allows root alone, as which CI runs: other users' runs report those tests as skipped. */
export const CAN_MOUNT = process.geteuid?.() === 0;

/** A home directory that is a file system of its own, in the memory of this machine. */
export interface SmallHome {
  /** Writes until the file system is full, and gives back so many bytes. */
  fill(leftOver?: number): void;
  /** Removes what `fill` has written. */
  empty(): void;
  remove(): Promise<void>;
}

/** Mounts a file system of this size, such as `6m`, at a directory of a stack's simulated nodes. */
export async function aSmallHome(
  stackDirectory: string,
  { path, size, uid }: { readonly path: string; readonly size: string; readonly uid: number },
): Promise<SmallHome> {
  const place = join(stackDirectory, 'nodes', path);
  const file = join(place, 'data');
  mkdirSync(place, { recursive: true });
  await run('mount', ['-t', 'tmpfs', '-o', `size=${size},uid=${uid},gid=${uid},mode=700`, 'tmpfs', place]);
  return {
    fill(leftOver = 0) {
      const data = openSync(file, 'w');
      const block = Buffer.alloc(65_536);
      try {
        for (;;) writeSync(data, block);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        ftruncateSync(data, fstatSync(data).size - leftOver);
      } finally {
        closeSync(data);
      }
    },
    empty: () => rmSync(file),
    // Containers that still run have mounts of their own.
    remove: async () => void (await run('umount', ['--lazy', place])),
  };
}
