import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { follow } from '../kubelet/follow';
import { kubernetesApi } from '../kubernetes-api';
import { findIsolation } from './isolation';
import { writeJupyterConfig } from './jupyter-config';
import { nubladoProgram } from './nublado';
import { createRunner } from './runner';

/**
 * The part of the simulated kubelet that runs containers: those of pods with behaviour `process`. A process of its
 * own; its working directory is the stack's folder.
 */
const { values } = parseArgs({
  options: {
    kubeconfig: { type: 'string', default: '' },
    directory: { type: 'string', default: '' },
    logs: { type: 'string', default: '' },
    python: { type: 'string' },
  },
});

/** The virtual environment and the Python installation it is based on. */
function foldersOf(python: string): string[] {
  return [dirname(dirname(python)), dirname(dirname(realpathSync(python)))];
}

async function main(): Promise<void> {
  const { directory, kubeconfig, logs, python } = values;
  const isolation = await findIsolation();
  console.log(
    isolation.hasNamespaces ? 'pods have a file system of their own' : 'this machine allows no namespaces',
  );
  console.log(isolation.changesUsers ? 'containers have users of their own' : 'all containers have one user');
  const api = kubernetesApi(kubeconfig);
  const nublado = nubladoProgram();
  const runner = createRunner({
    api,
    isolation,
    directory,
    logs: join(logs, 'labs'),
    programs: { python: python ?? null, nublado: nublado.command },
    jupyterConfig: writeJupyterConfig(directory),
    needed: [...nublado.folders, ...(python === undefined ? [] : foldersOf(python))],
  });
  await follow(api, '/api/v1/pods', '', runner);
}

void main();
