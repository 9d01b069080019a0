import { basename } from 'node:path';
import type { V1Container, V1Pod } from '@kubernetes/client-node';
import { isControllerImage, listenerOptions } from './controller-image';
import type { Environment } from './environment';
import { expand } from './expansion';
import type { Isolation } from './isolation';
import { UnreadyPod } from './unready';

/** Commands that start JupyterLab in the images of labs. */
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

/** Local programs that stand for those of images. */
export interface Programs {
  /** The Python interpreter of an environment with JupyterLab; null without one. */
  readonly python: string | null;
  /** The command line of the controller's own program. */
  readonly nublado: readonly string[];
}

const isNublado = (program: string): boolean => basename(program) === 'nublado';

/** The name under which the controller's image has the file server. */
const isFileServer = (program: string): boolean => basename(program) === 'worblehat';

/** Whether an init container can run on this machine: those of the controller need namespaces for their paths. */
export function isRunnable(container: V1Container, isolation: Isolation): boolean {
  const [program] = commandIn(container);
  return program !== undefined && (isolation.hasNamespaces || !isNublado(program));
}

/** The command of a container, or the entry point of the controller's image; empty where another image decides. */
function commandIn(container: V1Container): readonly string[] {
  return container.command ?? (isControllerImage(container) ? ['nublado'] : []);
}

/**
 * The command line of a container. The default command of images and common commands that start JupyterLab are replaced
 * by JupyterLab of the local interpreter, with their options, at the pod's address; `nublado` by that of this
 * checkout, and `worblehat` by its file server, at the pod's address. All others are unchanged.
 *
 * @throws UnreadyPod without such an interpreter.
 */
export function commandOf(
  pod: V1Pod,
  container: V1Container,
  environment: Environment,
  { nublado, python }: Programs,
): string[] {
  const words = [...commandIn(container), ...(container.args ?? [])].map((word) => expand(word, environment));
  const [program, ...options] = words;
  if (program !== undefined && isNublado(program)) {
    return [...nublado, ...options, ...listenerOptions(options, pod.status?.podIP ?? '')];
  }
  if (program !== undefined && isFileServer(program)) {
    return ['/usr/bin/env', `WORBLEHAT_HOST=${pod.status?.podIP}`, ...nublado, 'webdav', ...options];
  }
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
    // In a user namespace the process appears as root.
    '--allow-root',
    '--no-browser',
    // Prevents requests to the Internet.
    '--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate',
    '--LabApp.extension_manager=readonly',
  ];
}
