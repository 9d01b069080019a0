import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Binaries } from '../build';
import { type Child, type Launch, waitFor } from '../child';
import { stackFiles } from '../files';
import { installDefinitions } from '../ingress/definitions';
import { kwokConfiguration } from '../kubelet/configuration';
import { type KubernetesApi, kubernetesApi } from '../kubernetes-api';
import { loopback, type Ports } from '../plan';
import { type Credentials, prepareCredentials, writeKubeconfig } from './credentials';
import { awaitWorkingCluster, CONTROLLER_NAMESPACE, furnish, nodeNames } from './furnishing';
import {
  apiServer,
  controllerManager,
  etcd,
  ingressDriver,
  kwok,
  labRunner,
  nodeImages,
  scheduler,
  serviceProxy,
} from './processes';

export interface ClusterSettings {
  readonly directory: string;
  readonly ports: Ports;
  readonly podRange: string;
  readonly nodes: number;
  readonly isPersistent: boolean;
  /** Whether the containers of pods with behaviour `process` are run. */
  readonly hasLabs: boolean;
  /** Whether Ingresses are served. */
  readonly hasIngress: boolean;
  /** Whether the chart grants the controller its permissions, and its Services and Ingresses are served. */
  readonly hasChart: boolean;
  readonly serviceNetwork: string;
  readonly binaries: Binaries;
}

/**
 * Starts a Kubernetes cluster with simulated nodes and waits until a pod has run on it.
 *
 * @throws Error with the last log lines of the process that failed or did not become ready.
 */
export async function startCluster(settings: ClusterSettings, launch: Launch): Promise<void> {
  const { directory, ports, isPersistent } = settings;
  const files = stackFiles(directory);
  const credentials = prepareCredentials(directory);
  const store = launch(etcd(files.etcdData, ports.etcd, ports.etcdPeer, isPersistent));
  // It waits for etcd itself, and takes long to load: so both start at once.
  const server = launch(apiServer(ports.apiServer, ports.etcd, files.certificates, credentials));
  await waitFor('etcd', [store], async () => (await fetch(loopback(ports.etcd, '/health'))).ok);
  await waitFor('its certificate', [store, server], async () => existsSync(files.apiServerCertificate));
  writeKubeconfigs(directory, ports, credentials);

  const api = kubernetesApi(files.adminKubeconfig);
  try {
    await waitFor('kube-apiserver', [store, server], async () => {
      return (await api.send('GET', '/readyz')).status === 200;
    });
    await startControllers(settings, credentials, api, launch, [store, server]);
  } finally {
    api.close();
  }
}

async function startControllers(
  settings: ClusterSettings,
  credentials: Credentials,
  api: KubernetesApi,
  launch: Launch,
  serving: readonly Child[],
): Promise<void> {
  const files = stackFiles(settings.directory);
  writeFileSync(files.kwokConfiguration, kwokConfiguration());
  const places = { directory: settings.directory, logs: files.logs };
  // Before the garbage collector starts, which looks for new kinds of owners every 30 s only.
  if (settings.hasIngress) await installDefinitions(api, settings.binaries, serving);
  const chartNamespace = settings.hasChart ? CONTROLLER_NAMESPACE : undefined;
  const controlUrl = loopback(settings.ports.identity, '/control');
  const children = [
    ...serving,
    launch(controllerManager(files.adminKubeconfig, files.apiServerCertificate, credentials)),
    launch(scheduler(files.adminKubeconfig)),
    launch(kwok(files.adminKubeconfig, files.kwokConfiguration, settings.podRange)),
    launch(nodeImages(files.adminKubeconfig)),
    ...(settings.hasIngress
      ? [launch(ingressDriver(files.adminKubeconfig, controlUrl, chartNamespace))]
      : []),
    ...(settings.hasLabs
      ? [launch(labRunner(files.adminKubeconfig, places, jupyterLabPython(settings)))]
      : []),
    ...(settings.hasChart
      ? [launch(serviceProxy(files.adminKubeconfig, settings.serviceNetwork, files.hosts))]
      : []),
  ];
  const nodes = nodeNames(settings.nodes);
  await furnish(api, nodes, settings.hasChart);
  await awaitWorkingCluster(api, nodes, children);
}

/** The Python interpreter of the environment with JupyterLab. */
function jupyterLabPython({ binaries }: ClusterSettings): string | undefined {
  const command = binaries['jupyter-lab'];
  return command === undefined ? undefined : join(dirname(command), 'python');
}

function writeKubeconfigs(directory: string, ports: Ports, credentials: Credentials): void {
  const files = stackFiles(directory);
  const write = (file: string, port: number, token: string) =>
    writeKubeconfig(file, `https://127.0.0.1:${port}`, files.apiServerCertificate, token);
  write(files.adminKubeconfig, ports.apiServer, credentials.adminToken);
  write(files.controllerKubeconfig, ports.apiServer, credentials.controllerToken);
  write(files.hubKubeconfig, ports.apiServer, credentials.hubToken);
  write(files.controllerKubeconfigViaToxiproxy, ports.toxicApiServer, credentials.controllerToken);
}
