import { join } from 'node:path';
import type { KubernetesApi } from '../stack/kubernetes-api';
import { CHECKOUT } from '../stack/paths';
import type { OwnStack } from '../stack/start';
import { type ClusterView, createClusterView } from './cluster-view';
import { type Controllers, type ControllersOptions, startControllers } from './controllers';
import { LabClient } from './lab-client';
import { connectObservers, type Observers } from './observers';

/** What a crash round works with. */
export interface CrashArena {
  readonly controllers: Controllers;
  readonly client: LabClient;
  readonly view: ClusterView;
  readonly observers: Observers;
}

const CONFIG_FILE = join(CHECKOUT, 'bench/config.yaml');

/**
 * Starts the controller on a stack, and those who watch it; adds to `closing` what is to be closed, last first.
 */
export async function openCrashArena(
  stack: OwnStack,
  cluster: KubernetesApi,
  closing: (() => Promise<void>)[],
  options: Pick<ControllersOptions, 'names' | 'environmentOf'> = {},
): Promise<CrashArena> {
  const view = createClusterView(stack.kubernetes.adminKubeconfig);
  closing.push(() => view.close());
  const controllers = await startControllers({ ...options, stack, configFile: CONFIG_FILE });
  closing.push(() => controllers.stop());
  const client = new LabClient(controllers.apiUrl);
  closing.push(() => client.close());
  const observers = await connectObservers(stack.temporal, cluster, client);
  closing.push(() => observers.close());
  return { controllers, client, view, observers };
}
