import { writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { routeIngressTo } from '../../stack/controller';
import { stackFiles } from '../../stack/files';
import { HUB_VERSIONS, hubVersionOf } from '../../stack/jupyterhub/components';
import { kubernetesApi } from '../../stack/kubernetes-api';
import { startStack } from '../../stack/start';
import { seedOption, wholeNumber } from '../arguments';
import { openCrashArena } from '../crash-arena';
import { describeMachine } from '../machine';
import { say } from '../progress';
import { makeUsers } from '../users';
import { planHubRound } from './crash-plan';
import { type HubReport, hubRound } from './crash-round';
import { hubTable, hubTotal, roundInWords } from './crash-table';
import { reachJupyterHub } from './jupyterhub';
import { standInForLabs } from './stand-in-labs';

interface Options {
  readonly rounds: number;
  readonly users: number;
  readonly seed: number;
  readonly window: number;
  readonly stopWindow: number;
  readonly hub: string;
  readonly json?: string;
}

/** Kills a real JupyterHub during starts and stops, and counts the outcomes of the labs. */
async function crash(options: Options): Promise<void> {
  const { rounds, users: size, seed, window, stopWindow, hub, json } = options;
  const hubVersion = hubVersionOf(hub);
  const name = `hub-crash-${process.pid}`;
  const stack = await startStack({ name, jupyterhub: 'full', hubVersion, labs: false, progress: say });
  const closing: (() => Promise<void>)[] = [() => stack.stop()];
  const { adminKubeconfig } = stack.kubernetes;
  const cluster = kubernetesApi(adminKubeconfig);
  try {
    if (!stack.jupyterhub) throw new Error('the stack has no JupyterHub');
    const hub = reachJupyterHub(stack.jupyterhub);
    const labs = standInForLabs(adminKubeconfig);
    closing.push(() => labs.close());
    const { controllers, ...watchers } = await openCrashArena(stack, cluster, closing);
    await routeIngressTo(stack, controllers.apiUrl);
    say(`seed ${seed}; logs in ${stackFiles(stack.directory).logs}`);

    const reports: HubReport[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const users = await makeUsers(stack, `hub${round}`, size);
      const plan = planHubRound(seed + round, size, { startMs: window, stopMs: stopWindow });
      const arena = { stack, hub, cluster, ...watchers };
      const report = await hubRound(arena, users, seed + round, plan);
      reports.push(report);
      say(`round ${round + 1} of ${rounds}: ${roundInWords(report)}`);
      for (const { kind, username, message } of report.violations) say(`  ${kind} ${username}: ${message}`);
    }
    const machine = describeMachine();
    console.log(`JupyterHub ${hubVersion}; ${machine.summary}\n\n${hubTable(reports)}`);
    if (json) {
      const results = { machine, options, total: hubTotal(reports), reports };
      writeFileSync(json, `${JSON.stringify(results, null, 2)}\n`);
    }
    if (reports.some(({ violations }) => violations.length > 0)) process.exitCode = 1;
  } finally {
    cluster.close();
    for (const close of closing.toReversed()) await close();
  }
}

new Command('hub-crash')
  .description('Kill JupyterHub while it starts and stops labs, and count what becomes of them')
  .option('--rounds <count>', 'each with a kill in the starts and one in the stops', wholeNumber(1), 50)
  .option('--users <count>', 'who start and stop a lab in each round', wholeNumber(1), 6)
  .addOption(seedOption())
  .option('--window <milliseconds>', 'from the first start to the latest kill', wholeNumber(0), 5000)
  .option('--stop-window <milliseconds>', 'the same of the stops', wholeNumber(0), 2000)
  .addOption(new Option('--hub <version>', 'of JupyterHub').choices(HUB_VERSIONS.map(String)).default('6'))
  .option('--json <file>', 'also write everything as JSON')
  .action(crash)
  .parseAsync()
  .catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
