import { z } from 'zod';
import { RELEASE } from './chart/release';
import { CONTROLLER_NAMESPACE, FILE_SERVER_NAMESPACES, nodeNames } from './control-plane/furnishing';
import type { Stack } from './description';
import { stackFiles } from './files';
import type { PortBlock } from './ports';
import { NAMESPACE } from './temporal';

/** Options of a supervisor. */
export const bootOptionsSchema = z.object({
  name: z.string(),
  directory: z.string(),
  binaries: z.record(z.string(), z.string()),
  nodes: z.number().int().min(1),
  isPersistent: z.boolean(),
  /** JupyterHub to start, if any. */
  hub: z.object({ kind: z.enum(['api', 'full']), version: z.literal([5, 6]) }).nullable(),
  /** Whether the containers of pods with behaviour `process` are run. */
  hasLabs: z.boolean(),
  /** Whether the stack has Ingresses: their definitions, and a process that serves them. */
  hasIngress: z.boolean(),
  /** Whether the chart is going to be installed, which grants the controller its permissions. */
  hasChart: z.boolean(),
  /** Whether Docker registries are started. */
  hasRegistry: z.boolean(),
  /** Whether PostgreSQL is started. */
  hasPostgresql: z.boolean(),
  /** Whether Temporal is the server of its images, on that PostgreSQL, instead of the development server. */
  hasTemporalServer: z.boolean(),
  /** URL that the authenticating proxy forwards to; the control API can set it later. */
  upstreamUrl: z.string().optional(),
});

export type BootOptions = z.infer<typeof bootOptionsSchema>;

/** Assigns a port to each listener of a stack. */
export function assignPorts(block: PortBlock) {
  return {
    etcd: block.next(),
    etcdPeer: block.next(),
    apiServer: block.next(),
    temporal: block.next(),
    temporalUi: block.next(),
    temporalHttp: block.next(),
    temporalMetrics: block.next(),
    temporalFrontendMembership: block.next(),
    temporalHistory: block.next(),
    temporalHistoryMembership: block.next(),
    temporalMatching: block.next(),
    temporalMatchingMembership: block.next(),
    temporalWorker: block.next(),
    temporalWorkerMembership: block.next(),
    toxiproxy: block.next(),
    toxicApiServer: block.next(),
    toxicTemporal: block.next(),
    identity: block.next(),
    proxy: block.next(),
    jupyterhub: block.next(),
    hubProxy: block.next(),
    hubProxyApi: block.next(),
    openRegistry: block.next(),
    passwordRegistry: block.next(),
    tokenRegistry: block.next(),
    tokenService: block.next(),
  } as const;
}

export type Ports = ReturnType<typeof assignPorts>;

/** Addresses of pods: a separate loopback network per stack, so that labs of several stacks can use the same port. */
export function podRange(block: PortBlock): string {
  return `127.${80 + (block.index % 100)}.0.1/16`;
}

/** The first two bytes of addresses of Services, different from those of the pods of any stack. */
export function serviceNetwork(block: PortBlock): string {
  return `127.${180 + (block.index % 75)}`;
}

/** The loopback address of PostgreSQL, which listens at its usual port. */
export function databaseAddress(block: PortBlock): string {
  return `127.79.${Math.floor(block.index / 250)}.${1 + (block.index % 250)}`;
}

/** A loopback URL. */
export function loopback(port: number, path = ''): string {
  return `http://127.0.0.1:${port}${path}`;
}

/** Makes the description of a stack. */
export function describeStack(
  options: BootOptions,
  ports: Ports,
  pids: Record<string, number>,
  { jupyterhub, registry, postgresql }: Pick<Stack, 'jupyterhub' | 'registry' | 'postgresql'>,
): Stack {
  const files = stackFiles(options.directory);
  return {
    name: options.name,
    directory: options.directory,
    isPersistent: options.isPersistent,
    supervisorPid: process.pid,
    pids,
    binaries: {
      temporal: options.binaries['temporal'] ?? '',
      kubectl: options.binaries['kubectl'] ?? '',
    },
    temporal: {
      address: `127.0.0.1:${ports.temporal}`,
      uiUrl: options.hasTemporalServer ? null : loopback(ports.temporalUi),
      namespace: NAMESPACE,
    },
    kubernetes: {
      server: `https://127.0.0.1:${ports.apiServer}`,
      etcdUrl: loopback(ports.etcd),
      adminKubeconfig: files.adminKubeconfig,
      controllerKubeconfig: files.controllerKubeconfig,
      controllerKubeconfigViaToxiproxy: files.controllerKubeconfigViaToxiproxy,
      hubKubeconfig: files.hubKubeconfig,
      controllerNamespace: CONTROLLER_NAMESPACE,
      fileServerNamespaces: FILE_SERVER_NAMESPACES,
      nodes: nodeNames(options.nodes),
    },
    toxiproxy: {
      apiUrl: loopback(ports.toxiproxy),
      kubernetesServer: `https://127.0.0.1:${ports.toxicApiServer}`,
      temporalAddress: `127.0.0.1:${ports.toxicTemporal}`,
    },
    identity: {
      discoveryUrl: loopback(ports.identity),
      gafaelfawrUrl: loopback(ports.identity, '/auth/api/v1'),
      controlUrl: loopback(ports.identity, '/control'),
      proxyUrl: loopback(ports.proxy),
    },
    jupyterhub,
    registry,
    chart: options.hasChart ? { release: RELEASE, namespace: CONTROLLER_NAMESPACE } : null,
    postgresql,
  };
}
