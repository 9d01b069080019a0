import { join } from 'node:path';
import type { V1Pod } from '@kubernetes/client-node';
import type { KubernetesApi } from '../kubernetes-api';
import { commandOf } from './command';
import { type Container, startContainer } from './container';
import { environmentOf } from './environment';
import type { Isolation } from './isolation';
import { prepareMounts } from './mounts';
import { readObjects } from './objects';
import { containerOf, ownerOf, uidOf } from './pod';

export interface LauncherOptions {
  readonly api: KubernetesApi;
  readonly isolation: Isolation;
  /** Where pods and the nodes' files are. */
  readonly directory: string;
  readonly logs: string;
  /** Of an environment with JupyterLab, if there is one. */
  readonly python: string | null;
  /** A folder of settings of JupyterLab. */
  readonly jupyterConfig: string;
  /** Folders that this interpreter needs. */
  readonly needed: readonly string[];
}

/** The folder of one pod, which goes with it. */
export function podDirectory({ directory }: Pick<LauncherOptions, 'directory'>, pod: V1Pod): string {
  return join(directory, 'pods', uidOf(pod));
}

/**
 * Starts a pod's container with the environment, files and command that a kubelet would give it.
 *
 * @throws UnreadyPod when something that is not optional does not exist.
 */
export async function launch(options: LauncherOptions, pod: V1Pod, restarts: number): Promise<Container> {
  const { api, directory, isolation, jupyterConfig, logs, needed, python } = options;
  const objects = await readObjects(api, pod);
  const own = podDirectory(options, pod);
  const given = environmentOf(pod, objects);
  const mounts = prepareMounts(pod, objects, given, {
    pod: join(own, 'volumes'),
    nodes: join(directory, 'nodes'),
  });
  const command = commandOf(pod, given, python);
  const home = containerOf(pod).workingDir ?? join(directory, 'homes', ownerOf(pod));
  // What an image and its runtime would set.
  const environment = new Map([
    ['HOME', home],
    ['JUPYTER_CONFIG_PATH', jupyterConfig],
    ['LANG', 'C.UTF-8'],
    ['PATH', process.env['PATH'] ?? ''],
    ...given,
  ]);
  return startContainer(
    {
      command,
      environment,
      workingDirectory: containerOf(pod).workingDir ?? environment.get('HOME') ?? home,
      mounts,
      root: join(own, `root-${restarts}`),
      needed: [directory, ...needed],
      logFile: join(logs, `${ownerOf(pod)}.log`),
    },
    isolation,
  );
}
