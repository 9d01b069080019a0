import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const made: string[] = [];

afterAll(() => {
  for (const directory of made) rmSync(directory, { recursive: true, force: true });
});

/** An empty directory that anyone may enter, removed after the tests of the file. */
export function aDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'init-containers-'));
  made.push(directory);
  return directory;
}

/** Writes files below a directory and answers it. */
export function withFiles(directory: string, files: Readonly<Record<string, string>>): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), content);
  }
  return directory;
}

/** All that is in a directory: `name` → content of files, `-> target` of links, `name/` → mode of directories. */
export function contentsOf(directory: string): Record<string, string> {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).toSorted();
  return Object.fromEntries(
    names.map((name) => {
      const path = join(directory, name);
      const entry = lstatSync(path);
      if (entry.isSymbolicLink()) return [name, `-> ${readlinkSync(path)}`];
      if (entry.isDirectory()) return [`${name}/`, (entry.mode & 0o777).toString(8)];
      return [name, readFileSync(path, 'utf8')];
    }),
  );
}

/** The permission bits of what is at a path, in octal digits. */
export const modeOf = (path: string): string => (lstatSync(path).mode & 0o777).toString(8);

/** Whether these tests may give files away. */
export const IS_ROOT = process.geteuid?.() === 0;

/** Tests of giving files to other users, which the system allows root alone: other users' runs report them as skipped. */
export const asRoot = IS_ROOT ? describe : describe.skip;

/** Acts without the rights of root, so that refusals are the system's own. */
export async function withoutRoot<T>(act: () => T | Promise<T>): Promise<T> {
  if (!IS_ROOT) return act();
  process.seteuid?.(65_534);
  try {
    return await act();
  } finally {
    process.seteuid?.(0);
  }
}
