import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { kubernetesApi } from '../stack/kubernetes-api';
import { CHECKOUT } from '../stack/paths';
import { type RunningStack, startStack } from '../stack/start';
import { findStack } from '../stack/state';
import { wholeNumber, wholeNumbers } from './arguments';
import { createClusterView } from './cluster-view';
import { controllerContender } from './contender';
import { startControllers } from './controllers';
import { coreTable, measureCores } from './cores';
import { type Figures, medians, ratios } from './figures';
import { fileServerTable, measureFileServers } from './file-servers';
import { type Creation, createFloor } from './floor';
import { formTable, measureForms } from './forms';
import { hubTables, measureHub } from './hub/measure';
import { LabClient } from './lab-client';
import { listTable, measureList } from './list';
import { describeMachine } from './machine';
import { say } from './progress';
import { type Arena, type Measured, measureRound, warmUp } from './round';
import { type Result, tables } from './tables';

interface Options {
  readonly sizes: readonly number[];
  readonly rounds: number;
  readonly creation: Creation | 'both';
  readonly slow: boolean;
  readonly respawn: boolean;
  readonly restart: boolean;
  readonly coresOnly: boolean;
  readonly forms: boolean;
  readonly list: boolean;
  readonly listLabs: number;
  readonly fileServers: boolean;
  readonly fileServerCount: number;
  readonly hub: boolean;
  readonly hubLabs: number;
  readonly stack?: string;
  readonly pathPrefix: string;
  readonly json?: string;
}

const CONFIG_FILE = join(CHECKOUT, 'bench/config.yaml');

/** Also after the restarts that end the measurement of a size. */
const WARM_UP_LABS = 30;

/** Measures a controller and, in the same run, the same objects by plain API requests. */
async function bench(options: Options): Promise<void> {
  if (options.forms) {
    const forms = await measureForms(say);
    console.log(`${describeMachine().summary}\n\n${formTable(forms)}`);
    return;
  }
  if (options.list) {
    const figures = await measureList(options.listLabs, say);
    console.log(`${describeMachine().summary}\n\n${listTable(figures)}`);
    return;
  }
  if (options.fileServers) {
    const figures = await measureFileServers(options.fileServerCount, say);
    console.log(`${describeMachine().summary}\n\n${fileServerTable(figures)}`);
    return;
  }
  if (options.hub) {
    const figures = await measureHub(options.hubLabs, say);
    console.log(`${describeMachine().summary}\n\n${hubTables(figures)}`);
    return;
  }
  const cores = measureCores();
  if (options.coresOnly) {
    console.log(`${describeMachine().summary}\n\n${coreTable(cores)}`);
    return;
  }
  const stack = await openStack(options.stack);
  const cluster = kubernetesApi(stack.kubernetes.adminKubeconfig);
  const view = createClusterView(stack.kubernetes.adminKubeconfig);
  const closing: (() => Promise<void>)[] = [() => stack.stop(), () => view.close()];
  try {
    const measured = [
      ...floorsOf(stack, options.creation, view),
      await openController(stack, options, closing),
    ];
    closing.push(
      ...measured.map(
        ({ contender }) =>
          () =>
            contender.close(),
      ),
    );
    const results = await measureAll({ stack, cluster, view }, measured, options);
    const machine = describeMachine();
    console.log(`${machine.summary}\n\n${tables(results)}\n\n${coreTable(cores)}`);
    if (options.json)
      writeFileSync(options.json, `${JSON.stringify({ machine, options, results, cores }, null, 2)}\n`);
    const failures = results.flatMap(({ figures }) =>
      Object.entries(figures).filter(([name, count]) => name.endsWith('.failed') && count > 0),
    );
    if (failures.length > 0) process.exitCode = 1;
  } finally {
    cluster.close();
    for (const close of closing.toReversed()) await close();
  }
}

/** A stack of this run, or one that runs already and is kept. */
async function openStack(name: string | undefined): Promise<RunningStack> {
  if (name === undefined && process.env['BENCH_TARGET']) {
    throw new Error('BENCH_TARGET needs the stack that it runs on: --stack <name>');
  }
  if (name === undefined) return startStack({ name: `bench-${process.pid}`, progress: say });
  const stack = findStack(name);
  if (!stack)
    throw new Error(`stack ${name} is not running; start it with: npm run stack -- up --name ${name}`);
  return { ...stack, stop: async () => undefined };
}

function floorsOf(stack: RunningStack, creation: Options['creation'], view: Arena['view']): Measured[] {
  const creations = creation === 'both' ? (['serial', 'concurrent'] as const) : [creation];
  return creations.map((order) => ({
    contender: createFloor(stack, view, CONFIG_FILE, order),
    pids: () => ({}),
    opsUrls: [],
  }));
}

/** The controller at `BENCH_TARGET`, which runs already, or one of this checkout, started for this run. */
async function openController(
  stack: RunningStack,
  { pathPrefix }: Options,
  closing: (() => Promise<void>)[],
): Promise<Measured> {
  const { BENCH_TARGET: target, BENCH_PIDS: pidList = '' } = process.env;
  if (target) {
    const client = new LabClient(target, pathPrefix);
    const pids = Object.fromEntries(
      pidList
        .split(',')
        .filter(Boolean)
        .map((pair) => pair.split('='))
        .map(([name = '', pid]) => [name, Number(pid)]),
    );
    return { contender: controllerContender('target', client), client, pids: () => pids, opsUrls: [] };
  }
  const controllers = await startControllers({ stack, configFile: CONFIG_FILE });
  closing.push(() => controllers.stop());
  const client = new LabClient(controllers.apiUrl, pathPrefix);
  return {
    contender: controllerContender('controller', client),
    client,
    pids: () => controllers.pids(),
    opsUrls: controllers.opsUrls,
    restart: () => controllers.replaceAll(),
  };
}

/** Measures the contenders alternately, so that a drift of the machine affects all of them. */
async function measureAll(
  arena: Arena,
  measured: readonly Measured[],
  { sizes, rounds, slow, respawn, restart }: Options,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const labs of sizes) {
    const taken = measured.map((): Figures[] => []);
    for (const one of measured) await warmUp(arena, one, WARM_UP_LABS);
    for (let round = 1; round <= rounds; round += 1) {
      for (const [index, one] of measured.entries()) {
        const restarts = restart && round === rounds ? rounds : 0;
        const options = { labs, hasSlow: slow, hasRespawn: respawn, restarts };
        const figures = await measureRound(arena, one, options);
        taken[index]?.push(figures);
        say(`${labs} at once, round ${round} of ${rounds}, ${one.contender.name}: ${brief(figures)}`);
      }
    }
    const [base = {}, ...others] = taken.map(medians);
    results.push(
      ...[base, ...others].map((figures, index) => ({
        labs,
        contender: measured[index]?.contender.name ?? '',
        figures,
        ratios: index === 0 ? {} : ratios(figures, base),
      })),
    );
  }
  return results;
}

function brief(figures: Figures): string {
  const { 'spawn.p50Ms': p50 = 0, 'spawn.perSecond': rate = 0, 'spawn.failed': failed = 0 } = figures;
  return `p50 ${p50.toFixed(0)} ms, ${rate.toFixed(1)}/s${failed ? `, ${failed} FAILED` : ''}`;
}

new Command('bench')
  .description('Measure a controller beside the same objects made by bare API calls (the floor), in one run')
  .option('--sizes <list>', 'labs started at once', wholeNumbers(1), [1, 20, 100, 300])
  .option('--rounds <count>', 'rounds of each, of which the medians are shown', wholeNumber(1), 3)
  .addOption(
    new Option('--creation <order>', "how the floor creates a lab's objects")
      .choices(['serial', 'concurrent', 'both'])
      .default('serial'),
  )
  .option('--no-slow', 'leave out pods that take 3 s to start')
  .option('--no-respawn', 'leave out stop-and-respawn')
  .option('--no-restart', 'leave out the restart of the controller with labs running')
  .option(
    '--cores-only',
    'measure only what needs no server: loading a configuration, building objects',
    false,
  )
  .option('--forms', 'measure only the spawn form, for 100 users at once', false)
  .option('--list', 'measure only how soon replicas agree on the list of labs', false)
  .option('--list-labs <count>', 'labs of that measurement', wholeNumber(1), 200)
  .option('--file-servers', 'measure only file servers, beside their objects made by bare API calls', false)
  .option('--file-server-count <count>', 'file servers of that measurement', wholeNumber(1), 40)
  .option('--hub', 'measure only what goes through a real JupyterHub, beside KubeSpawner', false)
  .option('--hub-labs <count>', 'labs of that measurement', wholeNumber(1), 300)
  .option('--stack <name>', 'use a stack that runs already, and leave it running')
  .option('--path-prefix <path>', "the API's path prefix", '/nublado')
  .option('--json <file>', 'also write everything as JSON')
  .addHelpText(
    'after',
    `
Environment:
  BENCH_TARGET  URL of another controller with the same API, on the stack of --stack; ours is not started then
  BENCH_PIDS    its processes, as name=pid,…, for processor time and memory`,
  )
  .action(bench)
  .parseAsync()
  .catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
