import { closeSync, constants, lstatSync, openSync } from 'node:fs';

/** Linux's O_PATH, which Node does not name: a handle that needs no permission to read. */
const O_PATH = 0o10000000;

/** How to call an open file or directory as a path: what is found below it cannot be elsewhere. */
export function pathOf(handle: number): string {
  return `/proc/self/fd/${handle}`;
}

/** Opens whatever is at a path, a link itself rather than what it points to. Not for reading. */
export function openEntry(path: string): number {
  return openSync(path, O_PATH | constants.O_NOFOLLOW);
}

/**
 * Opens a directory step by step from the root and follows no link on the way that a user could have made.
 * Home directories may be inside directories that users control.
 */
export function openDirectory(path: string): number {
  const flags = O_PATH | constants.O_DIRECTORY;
  let directory = openSync('/', flags);
  for (const name of path.split('/').filter((part) => part !== '')) {
    const parent = directory;
    const step = `${pathOf(parent)}/${name}`;
    try {
      const entry = lstatSync(step, { throwIfNoEntry: false });
      const isLink = entry !== undefined && entry.isSymbolicLink();
      if (isLink && entry.uid !== 0) throw new Error(`"${name}" in ${path} is a user's symbolic link`);
      directory = openSync(step, isLink ? flags : flags | constants.O_NOFOLLOW);
    } finally {
      closeSync(parent);
    }
  }
  return directory;
}
