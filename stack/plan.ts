import { z } from 'zod';
import { CONTROLLER_NAMESPACE, nodeNames } from './control-plane/furnishing';
import type { Stack } from './description';
import { stackFiles } from './files';
import type { PortBlock } from './ports';

/** What a supervisor is told about the stack it runs. */
export const bootOptionsSchema = z.object({
  name: z.string(),
  directory: z.string(),
  binaries: z.record(z.string(), z.string()),
  nodes: z.number().int().min(1),
  isPersistent: z.boolean(),
  /** What of JupyterHub is started too. */
  hub: z.object({ kind: z.enum(['api', 'full']), version: z.literal([5, 6]) }).nullable(),
  /** Whether pods of behaviour `process` are run. */
  hasLabs: z.boolean(),
  /** Whether Docker registries are started too. */
  hasRegistry: z.boolean(),
  /** Whether a PostgreSQL is started too. */
  hasPostgresql: z.boolean(),
  /** Where the authenticating proxy sends requests; can be told later through the control API. */
  upstreamUrl: z.string().optional(),
});

export type BootOptions = z.infer<typeof bootOptionsSchema>;

/** Gives each listener of a stack its port. */
export function assignPorts(block: PortBlock) {
  return {
    etcd: block.next(),
    etcdPeer: block.next(),
    apiServer: block.next(),
    temporal: block.next(),
    temporalUi: block.next(),
    temporalHttp: block.next(),
    temporalMetrics: block.next(),
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

/** The addresses pods get: another loopback network for each stack, so that their labs can listen side by side. */
export function podRange(block: PortBlock): string {
  return `127.${80 + (block.index % 100)}.0.1/16`;
}

/** A loopback URL. */
export function loopback(port: number, path = ''): string {
  return `http://127.0.0.1:${port}${path}`;
}

/** Describes a stack to its users. */
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
      uiUrl: loopback(ports.temporalUi),
      namespace: 'default',
    },
    kubernetes: {
      server: `https://127.0.0.1:${ports.apiServer}`,
      adminKubeconfig: files.adminKubeconfig,
      controllerKubeconfig: files.controllerKubeconfig,
      controllerKubeconfigViaToxiproxy: files.controllerKubeconfigViaToxiproxy,
      hubKubeconfig: files.hubKubeconfig,
      controllerNamespace: CONTROLLER_NAMESPACE,
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
    postgresql,
  };
}
