import { basename } from 'node:path';
import type { V1Container, V1Pod } from '@kubernetes/client-node';
import type { Environment } from './environment';
import { expand } from './expansion';
import type { Isolation } from './isolation';
import { UnreadyPod } from './unready';

/** What starts JupyterLab in the images that labs run. */
const STARTERS: readonly string[] = [
  'jupyter-labhub',
  'jupyterhub-singleuser',
  'runlab.sh',
  'start-notebook.py',
  'start-notebook.sh',
  'start-singleuser.py',
  'start-singleuser.sh',
];

const ADDRESS_OPTION = /^--(ServerApp\.)?(ip|port)(=|$)/;

/** What stands here for programs of images. */
export interface Programs {
  /** The interpreter of an environment with JupyterLab, if there is one. */
  readonly python: string | null;
  /** A command line for the controller's own program. */
  readonly nublado: readonly string[];
}

const isNublado = (program: string): boolean => basename(program) === 'nublado';

/** Whether an init container has a program on this machine; those of the controller need their paths as they are. */
export function isRunnable({ command = [] }: V1Container, isolation: Isolation): boolean {
  const [program] = command;
  return program !== undefined && (isolation.hasNamespaces || !isNublado(program));
}

/**
 * The command line of a container of a pod. The image's own and those that start JupyterLab in common images become
 * JupyterLab of this interpreter, with their options, at the pod's address; `nublado` becomes that of this checkout;
 * all others stay as they are.
 *
 * @throws UnreadyPod when there is no such interpreter.
 */
export function commandOf(
  pod: V1Pod,
  { args = [], command = [] }: V1Container,
  environment: Environment,
  { nublado, python }: Programs,
): string[] {
  const words = [...command, ...args].map((word) => expand(word, environment));
  const [program, ...options] = words;
  if (program !== undefined && isNublado(program)) return [...nublado, ...options];
  if (program !== undefined && !STARTERS.includes(basename(program))) return words;
  if (python === null) {
    throw new UnreadyPod(
      'CreateContainerConfigError',
      'this stack has no JupyterLab: start it with a full hub',
    );
  }
  return [
    python,
    '-m',
    'jupyterhub.singleuser',
    ...options.filter((option) => option.startsWith('-') && !ADDRESS_OPTION.test(option)),
    `--ip=${pod.status?.podIP}`,
    '--port=8888',
    // In a namespace everybody looks like root.
    '--allow-root',
    '--no-browser',
    // Nothing that asks the outside world.
    '--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate',
    '--LabApp.extension_manager=readonly',
  ];
}
