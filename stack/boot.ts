import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Progress } from './build';
import { type Child, type Launch, type ProcessPlan, startChild, waitFor } from './child';
import { startCluster } from './control-plane/cluster';
import type { Stack } from './description';
import { stackFiles } from './files';
import { describeHub, startHub } from './jupyterhub/hub';
import {
  assignPorts,
  type BootOptions,
  databaseAddress,
  describeStack,
  loopback,
  type Ports,
  podRange,
  serviceNetwork,
} from './plan';
import { claimPorts } from './ports';
import { describePostgresql, startPostgresql } from './postgresql';
import { describeRegistry, startRegistries } from './registry/registries';
import { answersForNamespace, NAMESPACE, temporal } from './temporal';
import { startTemporalServer } from './temporal-server';
import { toxiproxy } from './toxiproxy';

/**
 * Starts all processes of a stack and waits until they are ready. Calls `onStart` with each process, so that the
 * caller can stop it even if the start fails.
 *
 * @throws Error with the last log lines of the process that failed or did not become ready.
 */
export async function boot(
  options: BootOptions,
  progress: Progress,
  onStart: (child: Child) => void,
): Promise<Stack> {
  const { directory, isPersistent } = options;
  const files = stackFiles(directory);
  mkdirSync(files.logs, { recursive: true });
  const children: Child[] = [];
  const launch: Launch = (plan) => {
    const { name, command = options.binaries[name] ?? name } = plan;
    const child = startChild({ ...plan, command }, { directory, logFile: files.log(name) });
    children.push(child);
    onStart(child);
    return child;
  };
  const block = await claimPorts();
  const ports = assignPorts(block);

  const address = databaseAddress(block);
  const listen = options.hasTemporalServer ? address : null;
  const database = options.hasPostgresql ? startPostgresql({ ...options, files, launch, listen }) : null;
  const startTemporal = async () => {
    if (options.hasTemporalServer) {
      await database;
      await startTemporalServer({ ...options, files, ports, launch, address });
      return;
    }
    const child = launch(temporal(ports, isPersistent ? files.temporalDatabase : undefined));
    await waitFor('temporal', [child], () => answersForNamespace(ports.temporalHttp, NAMESPACE));
  };
  const startToxiproxy = async () => {
    const child = launch({
      ...toxiproxy(ports, files.toxiproxyConfiguration),
      command: options.binaries['server'] ?? '',
    });
    await waitFor('toxiproxy', [child], async () => (await fetch(loopback(ports.toxiproxy, '/version'))).ok);
  };
  const startIdentity = async () => {
    const child = launch(identity(ports, options));
    await waitFor('identity', [child], async () => (await fetch(loopback(ports.identity, '/discovery'))).ok);
  };
  const hub = options.hub ? describeHub(ports, files, options.hub) : null;
  const registry = options.hasRegistry ? describeRegistry(ports) : null;
  const postgresql = options.hasPostgresql ? describePostgresql(files) : null;
  const started = Date.now();
  const reporting = async (what: string, work: Promise<void>) => {
    await work;
    progress(`${what} ready after ${((Date.now() - started) / 1000).toFixed(1)} s`);
  };
  const networks = { podRange: podRange(block), serviceNetwork: serviceNetwork(block) };
  await Promise.all([
    reporting('kubernetes', startCluster({ ...options, ports, ...networks }, launch)),
    reporting('temporal', startTemporal()),
    reporting('toxiproxy', startToxiproxy()),
    reporting('identity', startIdentity()),
    ...(hub ? [reporting('jupyterhub', startHub(hub, { ...options, ports, files, launch }))] : []),
    ...(registry ? [reporting('registry', startRegistries(registry, { ...options, files, launch }))] : []),
    ...(database ? [reporting('postgresql', database)] : []),
  ]);
  const pids = Object.fromEntries(children.map(({ name, pid }) => [name, pid]));
  return describeStack(options, ports, pids, { jupyterhub: hub, registry, postgresql });
}

function identity({ identity, proxy, hubProxy }: Ports, { hub, upstreamUrl }: BootOptions): ProcessPlan {
  const hasHub = hub?.kind === 'full';
  return {
    name: 'identity',
    command: process.execPath,
    args: [
      '--import',
      require.resolve('tsx'),
      join(__dirname, 'identity', 'main.ts'),
      `--port=${identity}`,
      `--proxy-port=${proxy}`,
      ...(upstreamUrl ? [`--upstream=${upstreamUrl}`] : []),
      ...(hasHub ? [`--hub=${loopback(hubProxy)}`] : []),
    ],
  };
}
