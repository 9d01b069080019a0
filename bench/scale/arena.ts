import { Client, Connection } from '@temporalio/client';
import { routeIngressTo } from '../../stack/controller';
import type { KubernetesApi } from '../../stack/kubernetes-api';
import type { OwnStack } from '../../stack/start';
import { type Contender, controllerContender } from '../contender';
import { type Controllers, startControllers } from '../controllers';
import { configurationOn } from '../hub/configuration';
import { LabClient } from '../lab-client';
import { openWatches, type Pids } from '../meters';
import { median } from '../statistics';

/** What the phases of a run work with. */
export interface ScaleArena {
  readonly stack: OwnStack;
  readonly cluster: KubernetesApi;
  readonly controllers: Controllers;
  readonly client: LabClient;
  readonly contender: Contender;
  readonly temporal: Client;
  /** The controller's processes, and those of the stack that work for it. */
  pids(): Pids;
  /** Watches that the API server serves now, less those that were open before the controller started. */
  watches(): Promise<number>;
}

const MACHINERY = ['temporal', 'kube-apiserver', 'etcd', 'kube-controller-manager', 'jupyterhub'];
const WATCH_READINGS = 5;

/** Starts the controller on a stack; adds to `closing` what is to be closed, last first. */
export async function openScaleArena(
  stack: OwnStack,
  cluster: KubernetesApi,
  closing: (() => unknown)[],
): Promise<ScaleArena> {
  const watchesBefore = await steadyWatches(cluster);
  const controllers = await startControllers({ stack, configFile: configurationOn(stack) });
  closing.push(() => controllers.stop());
  if (stack.jupyterhub) await routeIngressTo(stack, controllers.apiUrl);
  const client = new LabClient(controllers.apiUrl);
  closing.push(() => client.close());
  const connection = await Connection.connect({ address: stack.temporal.address });
  closing.push(() => connection.close());
  const machinery = Object.entries(stack.pids).filter(([name]) => MACHINERY.includes(name));
  return {
    stack,
    cluster,
    controllers,
    client,
    contender: controllerContender('controller', client),
    temporal: new Client({ connection, namespace: stack.temporal.namespace }),
    pids: () => ({ ...controllers.pids(), ...Object.fromEntries(machinery) }),
    watches: async () => (await steadyWatches(cluster)) - watchesBefore,
  };
}

/** The median of some readings: clients of the API server end a watch now and then, and open the next. */
async function steadyWatches(cluster: KubernetesApi): Promise<number> {
  const readings: number[] = [];
  while (readings.length < WATCH_READINGS) readings.push(await openWatches(cluster));
  return median(readings);
}
