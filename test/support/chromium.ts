import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../../stack/command';
import { withLock } from '../../stack/lock';
import { CHECKOUT, cacheDirectory } from '../../stack/paths';

const DEBIANS = '/usr/bin/chromium';

const say = (line: string): void => {
  process.stderr.write(`chromium: ${line}\n`);
};

/**
 * Path of Chromium: `CHROMIUM_PATH`, else that of Debian's package. If it is missing, and this process may install
 * Debian packages, it is installed, which takes a minute or two.
 *
 * @throws Error with what to install where there is none and it cannot be installed.
 */
export async function chromiumPath(): Promise<string> {
  const given = process.env['CHROMIUM_PATH'];
  if (given && !existsSync(given)) throw new Error(`CHROMIUM_PATH: there is no ${given}`);
  if (given) return given;
  if (!existsSync(DEBIANS)) {
    if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
      throw new Error(
        'the tests in a browser need Chromium: install it ("apt-get install chromium" on Debian), ' +
          'or set CHROMIUM_PATH to the program of a Chromium or Chrome',
      );
    }
    await withLock(
      join(cacheDirectory(), 'chromium.lock'),
      () => say('being installed by another process, waiting for it'),
      async () => {
        if (!existsSync(DEBIANS)) await install();
      },
    );
  }
  return DEBIANS;
}

async function install(): Promise<void> {
  const options = { cwd: CHECKOUT, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  const quiet = ['-q', '-o', 'DPkg::Lock::Timeout=300'];
  say('not installed; fetching the lists of packages (apt-get update)');
  await runCommand('apt-get', ['update', ...quiet], options);
  say('installing it with what it needs, some 150 MB to fetch (apt-get install chromium)');
  await runCommand('apt-get', ['install', ...quiet, '-y', '--no-install-recommends', 'chromium'], options);
  say('installed');
}
