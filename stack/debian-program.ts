import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './command';
import { withLock } from './lock';
import { CHECKOUT, cacheDirectory } from './paths';

/** Programs that tests and measurements of the file server need, by path, and the packages of Debian that have them. */
const PROGRAMS = {
  apache2: { path: '/usr/sbin/apache2', package: 'apache2-bin' },
  cadaver: { path: '/usr/bin/cadaver', package: 'cadaver' },
  litmus: { path: '/usr/bin/litmus', package: 'litmus' },
  'mkfs.btrfs': { path: '/usr/sbin/mkfs.btrfs', package: 'btrfs-progs' },
  'mount.davfs': { path: '/usr/sbin/mount.davfs', package: 'davfs2' },
  rclone: { path: '/usr/bin/rclone', package: 'rclone' },
} as const;

const say = (line: string): void => {
  process.stderr.write(`packages: ${line}\n`);
};

/**
 * Path of a program of a Debian package, which is installed if it is missing and this process may do that.
 *
 * @throws Error with what to install
 */
export async function debianProgram(name: keyof typeof PROGRAMS): Promise<string> {
  const { path, package: packageName } = PROGRAMS[name];
  if (existsSync(path)) return path;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new Error(`${name} is needed: install it ("apt-get install ${packageName}" on Debian)`);
  }
  const lock = join(cacheDirectory(), 'debian-packages.lock');
  await withLock(
    lock,
    () => say('being installed by another process, waiting for it'),
    async () => {
      if (!existsSync(path)) await install(packageName);
    },
  );
  return path;
}

async function install(name: string): Promise<void> {
  const options = { cwd: CHECKOUT, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  const quiet = ['-q', '-o', 'DPkg::Lock::Timeout=300'];
  say(`${name} is not installed; fetching it`);
  await runCommand('apt-get', ['update', ...quiet], options);
  await runCommand('apt-get', ['install', ...quiet, '-y', '--no-install-recommends', name], options);
}
