import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Command } from 'commander';
import { allComponents } from './all-components';
import { buildComponents } from './build';
import { installChart } from './chart/install';
import { COMPONENTS, GATEWAY_API, HELM, HELM_4, POSTGRESQL, REGISTRY } from './components';
import type { Stack } from './description';
import { stackFiles } from './files';
import { type HubKind, hubComponents, hubVersionOf } from './jupyterhub/components';
import { stackDirectory } from './paths';
import { startStack, type TemporalKind } from './start';
import { findStack, isAlive, stackNames, stopStack } from './state';

interface NameOption {
  readonly name: string;
}

interface BuildOptions {
  readonly jupyterhub?: string | true;
  readonly hubVersion: string;
  readonly ingress: boolean;
  readonly registry: boolean;
  readonly postgresql: boolean;
  readonly helm: boolean;
  readonly all: boolean;
}

const progress = (line: string) => console.error(line);

function requireStack(name: string): Stack {
  const stack = findStack(name);
  if (!stack) throw new Error(`stack ${name} is not running; start it with: npm run stack -- up`);
  return stack;
}

function print(stack: Stack, asJson: boolean): void {
  console.log(asJson ? JSON.stringify(stack) : summary(stack));
}

function summary({
  name,
  temporal,
  kubernetes,
  identity,
  jupyterhub,
  registry,
  chart,
  postgresql,
  toxiproxy,
  directory,
}: Stack): string {
  return [
    `stack ${name}`,
    `  Temporal         ${temporal.address}${temporal.uiUrl === null ? '' : `, Web UI ${temporal.uiUrl}`}`,
    `  Kubernetes       ${kubernetes.server}`,
    `    administrator  export KUBECONFIG=${kubernetes.adminKubeconfig}`,
    `    controller     export KUBECONFIG=${kubernetes.controllerKubeconfig}`,
    `  discovery        export REPERTOIRE_BASE_URL=${identity.discoveryUrl}`,
    `  ingress proxy    ${identity.proxyUrl}`,
    ...(jupyterhub ? [`  JupyterHub       ${jupyterhub.url ?? jupyterhub.apiUrl}`] : []),
    ...(registry ? [`  Docker registry  ${registry.openHost}`] : []),
    ...(chart ? [`  chart            release ${chart.release} in namespace ${chart.namespace}`] : []),
    ...(postgresql ? [`  PostgreSQL       ${postgresql.url}`] : []),
    `  toxiproxy        ${toxiproxy.apiUrl}`,
    `  logs             ${stackFiles(directory).logs}`,
  ].join('\n');
}

/** Installs the chart of this checkout once more. @throws Error for a stack that was started without it. */
async function upgrade(stack: Stack): Promise<void> {
  if (!stack.chart) throw new Error(`stack ${stack.name} was started without --chart: stop it first`);
  await installChart(stack, progress);
}

/** The kind of hub for an option with or without a value. */
function hubKind(option: string | true | undefined): HubKind | null {
  if (option === undefined) return null;
  if (option === true || option === 'api') return 'api';
  if (option === 'full') return option;
  throw new Error(`"${option}" is no kind of JupyterHub: use "api" or "full"`);
}

function temporalKind(option: string): TemporalKind {
  if (option === 'development' || option === 'postgresql') return option;
  throw new Error(`"${option}" is no kind of Temporal: use "development" or "postgresql"`);
}

function memoryMegabytes(pid: number): number | null {
  const file = `/proc/${pid}/status`;
  const match = existsSync(file) ? /VmRSS:\s+(\d+) kB/.exec(readFileSync(file, 'utf8')) : null;
  return match ? Math.round(Number(match[1]) / 1024) : null;
}

function tail(file: string, lines: number): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
}

const program = new Command('stack').description('The real stack as plain processes');

const command = (name: string, description: string) =>
  program
    .command(name)
    .description(description)
    .option('--name <name>', 'which of several stacks', 'default');

command('up', 'build what is missing, start a stack in the background and print its addresses')
  .option('--json', 'print one JSON object', false)
  .option('--nodes <count>', 'simulated nodes', '1')
  .option('--persistent', 'keep the state for the next start', false)
  .option('--jupyterhub [kind]', 'start a JupyterHub too: "api", which is the default, or "full"')
  .option('--hub-version <version>', 'of JupyterHub: 5 or 6', '6')
  .option('--labs', 'run the containers of pods with behaviour "process"', false)
  .option('--ingress', 'serve Ingresses, those of GafaelfawrIngresses too', false)
  .option(
    '--chart',
    'install the Helm chart, with its pods as processes; on a running stack, upgrade it',
    false,
  )
  .option('--registry', 'start Docker registries too', false)
  .option('--postgresql', 'start a PostgreSQL too', false)
  .option(
    '--temporal <kind>',
    '"development" with the Web UI, or "postgresql": the server of its images',
    'development',
  )
  .option('--upstream <url>', 'where the authenticating proxy sends requests')
  .action(
    async (
      options: NameOption & {
        json: boolean;
        nodes: string;
        persistent: boolean;
        jupyterhub?: string | true;
        hubVersion: string;
        labs: boolean;
        ingress: boolean;
        chart: boolean;
        registry: boolean;
        postgresql: boolean;
        temporal: string;
        upstream?: string;
      },
    ) => {
      const { name, nodes, persistent, jupyterhub, hubVersion, labs, upstream } = options;
      const { chart, ingress, registry, postgresql, temporal } = options;
      const hub = hubKind(jupyterhub);
      const running = findStack(name);
      if (running && chart) await upgrade(running);
      const stack =
        running ??
        (await startStack({
          name,
          nodes: Number(nodes),
          persistent,
          ...(hub ? { jupyterhub: hub, hubVersion: hubVersionOf(hubVersion) } : {}),
          ...(labs ? { labs } : {}),
          ...(ingress ? { ingress } : {}),
          chart,
          registry,
          ...(postgresql ? { postgresql } : {}),
          temporal: temporalKind(temporal),
          detached: true,
          progress,
          ...(upstream ? { upstreamUrl: upstream } : {}),
        }));
      print(stack, options.json);
    },
  );

command('down', 'stop a stack; its logs stay').action(async ({ name }: NameOption) => {
  const stack = findStack(name);
  if (stack) await stopStack(stack);
  progress(stack ? `stack ${name} has stopped` : `stack ${name} was not running`);
});

command('status', 'print a stack and its processes')
  .option('--json', 'print one JSON object', false)
  .action(({ name, json }: NameOption & { json: boolean }) => {
    const stack = requireStack(name);
    const processes = Object.entries({ supervisor: stack.supervisorPid, ...stack.pids }).map(
      ([process, pid]) => ({
        process,
        pid,
        isAlive: isAlive(pid),
        memoryMegabytes: memoryMegabytes(pid),
      }),
    );
    if (json) console.log(JSON.stringify({ ...stack, processes }));
    else {
      print(stack, false);
      console.table(processes);
    }
  });

program
  .command('list')
  .description('print the names of the running stacks')
  .action(() => {
    for (const name of stackNames()) if (findStack(name)) console.log(name);
  });

command('logs', 'print the end of the logs, also of a stack that has stopped')
  .argument('[process]', 'only of this process')
  .option('--lines <count>', 'how many lines of each', '20')
  .action((process: string | undefined, { name, lines }: NameOption & { lines: string }) => {
    const { logs } = stackFiles(stackDirectory(name));
    for (const file of existsSync(logs) ? readdirSync(logs) : []) {
      if (process && basename(file, '.log') !== process) continue;
      console.log(`==> ${join(logs, file)}\n${tail(join(logs, file), Number(lines))}`);
    }
  });

program
  .command('build')
  .description('build what is missing')
  .option('--jupyterhub [kind]', 'install JupyterHub too: "api", which is the default, or "full"')
  .option('--hub-version <version>', 'of JupyterHub: 5 or 6', '6')
  .option('--ingress', 'fetch the definitions of the Gateway API too', false)
  .option('--registry', 'fetch the Docker registry too', false)
  .option('--postgresql', 'fetch PostgreSQL too', false)
  .option('--helm', 'build Helm too, for the tests of the chart', false)
  .option('--all', 'build everything that tests run', false)
  .action(async (options: BuildOptions) => {
    const hub = hubKind(options.jupyterhub);
    const components = [
      ...(options.all ? allComponents() : COMPONENTS),
      ...(hub ? hubComponents(hub, hubVersionOf(options.hubVersion)) : []),
      ...(options.ingress ? [GATEWAY_API] : []),
      ...(options.registry ? [REGISTRY] : []),
      ...(options.postgresql ? [POSTGRESQL] : []),
      ...(options.helm ? [HELM, HELM_4] : []),
    ];
    await buildComponents({ components, progress });
  });

program.parseAsync().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
