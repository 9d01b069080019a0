import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StartupDependencies } from '../../../../src/init-containers/startup/prepare';
import { prepareLab } from '../../../../src/init-containers/startup/prepare';
import { writeMegabyte } from '../../../../src/init-containers/startup/space';
import type { Variables } from '../../../../src/init-containers/variables';
import { aDirectory } from '../directories';

const CPUS = { CPU_LIMIT: '2.0' };

/** A pod with a home directory and no scratch space, in which `startup` can be run again and again. */
export function aStartup(further: Readonly<Record<string, string | undefined>> = {}) {
  const root = aDirectory();
  const paths = { etc: join(root, 'etc'), startup: join(root, 'startup'), temporary: join(root, 'tmp') };
  const home = join(root, 'home/rachel');
  for (const directory of [...Object.values(paths), home]) mkdirSync(directory, { recursive: true });
  const variables: Variables = {
    ...CPUS,
    NUBLADO_HOME: home,
    SCRATCH_PATH: join(root, 'scratch'),
    JUPYTERLAB_CONFIG_DIR: join(root, 'jupyterlab'),
    ...further,
  };
  const read = (name: string): unknown => JSON.parse(readFileSync(join(paths.startup, name), 'utf8'));
  return {
    root,
    home,
    paths,
    variables,
    /** Runs the command; answers what it reported. */
    run: async (other: Partial<StartupDependencies> = {}): Promise<string[]> => {
      const lines: string[] = [];
      const now = new Date('2026-01-15T09:30:00Z');
      const report = (line: string) => lines.push(line);
      await prepareLab({ variables, paths, now, writeMegabyte, report, ...other });
      return lines;
    },
    environment: () => read('env.json') as Record<string, string>,
    args: () => read('args.json') as string[],
  };
}

/** An error as Node throws it; libuv has no name for some. */
export function systemError(errno: number, path: string): Error {
  return Object.assign(new Error('from the system'), { errno: -errno, path });
}
