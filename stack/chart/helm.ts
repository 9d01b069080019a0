import { execFile } from 'node:child_process';
import { buildComponents } from '../build';
import { type GoComponent, HELM } from '../components';

/** What Helm has printed. */
export interface HelmOutcome {
  readonly isSuccess: boolean;
  readonly output: string;
}

export type Helm = (...words: readonly string[]) => Promise<HelmOutcome>;

/** The environment of Helm: neither the user's settings and plug-ins, nor a home directory to keep any in. */
export const helmEnvironment = (): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HELM_NO_PLUGINS: '1',
  HOME: '/proc/nonexistent',
});

/** Builds a major version of Helm unless that is done. Returns a function that runs it on a cluster without the user's settings and plug-ins. */
export async function helmOn(
  kubeconfig: string,
  namespace: string,
  major: GoComponent = HELM,
): Promise<Helm> {
  const { helm = '' } = await buildComponents({ components: [major] });
  return (...words) =>
    new Promise((resolve) => {
      const args = [...words, '--namespace', namespace, '--kubeconfig', kubeconfig];
      execFile(helm, args, { env: helmEnvironment(), maxBuffer: 2 ** 26 }, (error, stdout, stderr) =>
        resolve({ isSuccess: error === null, output: `${stdout}${stderr}` }),
      );
    });
}
