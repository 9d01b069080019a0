import { chmodSync, mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { V1Container, V1Pod } from '@kubernetes/client-node';
import { stackFiles } from '../files';
import type { KubernetesApi } from '../kubernetes-api';
import { hostsFile } from '../services/hosts';
import { commandOf, type Programs } from './command';
import { type Container, startContainer } from './container';
import { isControllerImage } from './controller-image';
import { type Environment, environmentOf } from './environment';
import type { Isolation } from './isolation';
import { prepareMounts } from './mounts';
import { readObjects } from './objects';
import { ownershipOf } from './ownership';
import { isInit, ownerOf, uidOf } from './pod';
import { prepareTerminationLog } from './termination-log';
import { userOf } from './user';

export interface LauncherOptions {
  readonly api: KubernetesApi;
  readonly isolation: Isolation;
  /** Folder of pods and of the nodes' files. */
  readonly directory: string;
  readonly logs: string;
  readonly programs: Programs;
  /** Folder with settings of JupyterLab. */
  readonly jupyterConfig: string;
  /** Folders that these programs read. */
  readonly needed: readonly string[];
}

/** The file in which an init container leaves its termination message. */
export function terminationLogOf(
  options: Pick<LauncherOptions, 'directory'>,
  pod: V1Pod,
  { name }: V1Container,
) {
  return join(podDirectory(options, pod), 'termination', name);
}

/** The folder of one pod, which is removed with it. */
export function podDirectory({ directory }: Pick<LauncherOptions, 'directory'>, pod: V1Pod): string {
  return join(directory, 'pods', uidOf(pod));
}

function emptyRoot(own: string): string {
  mkdirSync(own, { recursive: true });
  const root = mkdtempSync(join(own, 'root-'));
  chmodSync(root, 0o755);
  return root;
}

/** Without a change of users all processes run as one user, who must own the homes. */
function idsOf({ changesUsers, hasNamespaces }: Isolation, given: Environment): [string, string][] {
  if (changesUsers || !given.has('NUBLADO_UID')) return [];
  // In a user namespace all processes appear as root.
  const [uid = 0, gid = 0] = hasNamespaces ? [] : [process.getuid?.(), process.getgid?.()];
  return [
    ['NUBLADO_UID', `${uid}`],
    ['NUBLADO_GID', `${gid}`],
  ];
}

/**
 * Starts a container with the environment, files and command that a kubelet would provide.
 *
 * @throws UnreadyPod when something that is not optional does not exist.
 */
export async function launch(
  options: LauncherOptions,
  pod: V1Pod,
  container: V1Container,
): Promise<Container> {
  const { api, directory, isolation, jupyterConfig, logs, needed, programs } = options;
  const objects = await readObjects(api, pod, container);
  const own = podDirectory(options, pod);
  const given = environmentOf(pod, container, objects);
  const volumes = prepareMounts(pod, container, objects, given, {
    pod: join(own, 'volumes'),
    nodes: join(directory, 'nodes'),
    ownership: ownershipOf(pod, container, isolation),
  });
  const hosts = hostsFile(stackFiles(directory).hosts, pod.metadata?.namespace ?? '');
  if (hosts !== null) volumes.unshift({ source: hosts, target: '/etc/hosts', isReadOnly: false });
  const mounts = isInit(pod, container)
    ? [...volumes, prepareTerminationLog(terminationLogOf(options, pod, container), container)]
    : volumes;
  const command = commandOf(pod, container, given, programs);
  const isRootReadOnly = container.securityContext?.readOnlyRootFilesystem ?? false;
  const isLab = !isInit(pod, container) && !isControllerImage(container) && !isRootReadOnly;
  const place = container.workingDir ?? (isLab ? null : '/');
  const home = place ?? join(directory, 'homes', ownerOf(pod));
  const server = new URL(api.server);
  // Variables that an image, its runtime and a kubelet set.
  const environment = new Map([
    ['HOME', home],
    ['JUPYTER_CONFIG_PATH', jupyterConfig],
    ['LANG', 'C.UTF-8'],
    ['PATH', process.env['PATH'] ?? ''],
    ['KUBERNETES_SERVICE_HOST', server.hostname],
    ['KUBERNETES_SERVICE_PORT', server.port],
    ...given,
    ...idsOf(isolation, given),
  ]);
  return startContainer(
    {
      command,
      environment,
      workingDirectory: place ?? environment.get('HOME') ?? home,
      mounts,
      root: emptyRoot(own),
      isRootReadOnly,
      needed: [directory, ...needed],
      user: userOf(pod, container),
      logFile: join(logs, `${ownerOf(pod)}.log`),
    },
    isolation,
  );
}
