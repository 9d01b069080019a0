import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../../stack/command';
import { withLock } from '../../stack/lock';
import { CHECKOUT, cacheDirectory } from '../../stack/paths';

const say = (line: string): void => {
  process.stderr.write(`packages: ${line}\n`);
};

/**
 * Path of a program of a Debian package, which is installed if it is missing and this process may do that.
 *
 * @throws Error with what to install
 */
export async function debianProgram(name: string): Promise<string> {
  const path = `/usr/bin/${name}`;
  if (existsSync(path)) return path;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new Error(
      `the tests of the file server need ${name}: install it ("apt-get install ${name}" on Debian)`,
    );
  }
  const lock = join(cacheDirectory(), 'debian-packages.lock');
  await withLock(
    lock,
    () => say('being installed by another process, waiting for it'),
    async () => {
      if (!existsSync(path)) await install(name);
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
