import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Progress } from '../build';
import type { Stack } from '../description';
import { kubernetesApi } from '../kubernetes-api';
import { CHECKOUT } from '../paths';
import { helmOn } from './helm';
import { RELEASE } from './release';
import { HUB_TOKEN_SECRET, valuesFor } from './values';

/** The chart of this checkout. */
export const CHART = join(CHECKOUT, 'helm');

/** Annotation of the chart's pods with the time of the installation, so that each one starts the program again. */
const INSTALLED_ANNOTATION = 'stack.nublado.lsst.io/installed';

/** Writes values as a file of the stack, which Helm reads as they are. */
export function writeValues({ directory }: Stack, values: object): string {
  const file = join(directory, 'values.yaml');
  writeFileSync(file, stringify(values, { version: '1.1' }), { mode: 0o600 });
  return file;
}

/** Creates the Secret that the values name, with the token of the stack's hub. */
export async function createHubToken({ jupyterhub, kubernetes }: Stack): Promise<void> {
  if (!jupyterhub) return;
  const { adminKubeconfig, controllerNamespace: namespace } = kubernetes;
  const api = kubernetesApi(adminKubeconfig);
  try {
    await api.apply(`/api/v1/namespaces/${namespace}/secrets/${HUB_TOKEN_SECRET}`, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: HUB_TOKEN_SECRET, namespace },
      stringData: { token: jupyterhub.serviceToken },
    });
  } finally {
    api.close();
  }
}

/**
 * Installs this checkout's chart on a stack, or upgrades it, and waits until its pods are ready.
 *
 * @throws Error with what Helm says against it.
 */
export async function installChart(stack: Stack, progress: Progress): Promise<void> {
  const { adminKubeconfig, controllerNamespace } = stack.kubernetes;
  const helm = await helmOn(adminKubeconfig, controllerNamespace);
  await createHubToken(stack);
  const podAnnotations = { [INSTALLED_ANNOTATION]: new Date().toISOString() };
  const file = writeValues(stack, { ...valuesFor(stack), podAnnotations });
  const startedAt = performance.now();
  const { isSuccess, output } = await helm(
    'upgrade',
    RELEASE,
    CHART,
    '--install',
    `--values=${file}`,
    '--wait',
    '--timeout=280s',
  );
  if (!isSuccess) throw new Error(`Helm could not install the chart: ${output}`);
  progress(`chart ready after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
}
