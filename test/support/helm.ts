import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildComponents } from '../../stack/build';
import { HELM } from '../../stack/components';

/** Result of a run of Helm. */
export interface HelmResult {
  readonly isSuccess: boolean;
  readonly output: string;
  readonly errors: string;
}

export type Helm = (...args: readonly string[]) => HelmResult;

/** Builds Helm unless that is done, and returns a function that runs it without the user's settings and plug-ins. */
export async function theHelm(): Promise<Helm> {
  const { helm = '' } = await buildComponents({ components: [HELM] });
  return (...args) => {
    const env = { PATH: process.env['PATH'], HELM_NO_PLUGINS: '1', HOME: '/proc/nonexistent' };
    const { status, stdout, stderr } = spawnSync(helm, args, {
      env,
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
    return { isSuccess: status === 0, output: stdout, errors: stderr };
  };
}

/** Runs `use` with a directory of these files, by name, which is removed afterwards. */
export function withFiles<T>(files: Readonly<Record<string, string>>, use: (directory: string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), 'chart-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
    return use(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
