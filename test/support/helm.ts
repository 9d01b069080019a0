import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildComponents } from '../../stack/build';
import { helmEnvironment } from '../../stack/chart/helm';
import { type GoComponent, HELM } from '../../stack/components';

/** Result of a run of Helm. */
export interface HelmResult {
  readonly isSuccess: boolean;
  readonly output: string;
  readonly errors: string;
}

export type Helm = (...args: readonly string[]) => HelmResult;

/** Time in which a Helm can be built that no earlier run has built, on two cores with tests beside it. */
export const BUILD_TIMEOUT_MS = 1_200_000;

/** Builds a major version of Helm unless that is done, and returns a function that runs it. */
export async function theHelm(major: GoComponent = HELM): Promise<Helm> {
  const { helm = '' } = await buildComponents({ components: [major] });
  return (...args) => {
    const { status, stdout, stderr } = spawnSync(helm, args, {
      env: helmEnvironment(),
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
