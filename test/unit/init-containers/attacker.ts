import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, lchownSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { aDirectory } from './directories';

/** The user who attacks. */
export const ATTACKER = { uid: 12_345, gid: 23_456 };

/** What the attacker exchanges, and what must not change whatever they do. */
export interface Battlefield {
  /** A directory of the attacker's own. */
  readonly own: string;
  /** An empty directory of root's outside it. */
  readonly victim: string;
  /** The directory that holds `victim` alone. */
  readonly outside: string;
}

/** Directories for an attack, as root. */
export function aBattlefield(): Battlefield {
  const directory = aDirectory();
  const own = join(directory, 'rachel');
  const outside = join(directory, 'outside');
  for (const path of [own, join(own, 'real'), outside, join(outside, 'home')]) mkdirSync(path, 0o755);
  for (const path of [directory, own, join(own, 'real')]) chownSync(path, ATTACKER.uid, ATTACKER.gid);
  // A link of root's that the attacker can move about, since it is in their directory.
  symlinkSync('real', join(own, 'of-root'));
  symlinkSync(outside, join(own, 'of-user'));
  lchownSync(join(own, 'of-user'), ATTACKER.uid, ATTACKER.gid);
  return { own, outside, victim: join(outside, 'home') };
}

/** Puts each of these entries in turn at a name, again and again until it is killed. */
const SWAP = `
const { renameSync, mkdirSync, rmSync } = require('node:fs');
const [directory, name, ...others] = process.argv.slice(1);
process.chdir(directory);
process.stdout.write('ready');
for (;;) {
  for (const other of others) {
    try { renameSync(other, name); renameSync(name, other); } catch { }
  }
}
`;

/** Starts to exchange what is at a name of the attacker's directory, as the attacker. */
export async function startSwapping(
  directory: string,
  name: string,
  others: readonly string[],
): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['-e', SWAP, directory, name, ...others], {
    ...ATTACKER,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

/** Ends the attack. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
