import { execFile } from 'node:child_process';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runCommand } from './command';
import type { DebianComponent } from './components';

/**
 * Unpacks Debian packages into the folder `output`. Nothing is installed, and root is not needed. Without package
 * lists of the system, own ones are downloaded to the cache.
 */
export async function buildWithDebian(
  { debianPackages }: DebianComponent,
  cache: string,
  output: string,
): Promise<void> {
  const options = { cwd: output, env: process.env };
  const download = (...settings: string[]) =>
    runCommand('apt-get', [...settings, 'download', ...debianPackages], options);
  await download().catch(async () => {
    const settings = await ownLists(join(cache, 'apt'));
    await runCommand('apt-get', [...settings, 'update'], options);
    await download(...settings);
  });
  const archives = (await readdir(output)).filter((name) => name.endsWith('.deb'));
  if (archives.length === 0) throw new Error(`apt-get download ${debianPackages.join(' ')} left no package`);
  for (const archive of archives) {
    await runCommand('dpkg', ['-x', archive, '.'], options);
    await rm(join(output, archive));
  }
}

/** Options of apt for package lists in a folder of the cache. */
async function ownLists(directory: string): Promise<string[]> {
  const [lists, archives] = [join(directory, 'lists'), join(directory, 'archives')];
  await mkdir(join(lists, 'partial'), { recursive: true });
  await mkdir(join(archives, 'partial'), { recursive: true });
  return [`-oDir::State::lists=${lists}`, `-oDir::Cache=${directory}`, `-oDir::Cache::archives=${archives}`];
}

/** @throws Error with advice on a system without Debian's package tools. */
export async function checkDebian({ name, version, debianPackages }: DebianComponent): Promise<void> {
  const run = promisify(execFile);
  try {
    await run('apt-get', ['--version'], { env: process.env });
    await run('dpkg', ['--version'], { env: process.env });
  } catch {
    throw new Error(
      `The stack's ${name} ${version} comes from Debian's ${debianPackages.join(', ')}, by apt-get and dpkg, which ` +
        `are not here: run the stack on Debian, or unpack these into stack/${name}-${version} of the cache`,
    );
  }
}
