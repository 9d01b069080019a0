import { writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { errorMessage } from '../../src/domain/errors';
import { CONTROLLER_USER } from '../../stack/control-plane/credentials';
import { kubernetesApi } from '../../stack/kubernetes-api';
import { startStack } from '../../stack/start';
import { wholeNumber, wholeNumbers } from '../arguments';
import { createClusterView } from '../cluster-view';
import { type Figures, medians } from '../figures';
import { describeMachine } from '../machine';
import { say } from '../progress';
import { type Contestant, ours, theFloor, theReference } from './contestants';
import { checkReference, REFERENCE_ADVICE } from './reference';
import { createReferenceAccount, referenceUser } from './reference-account';
import { countRequestsOf } from './requests';
import { measureRestart } from './restart';
import { prepareSite } from './site';
import { type Result, versusTable } from './table';
import { type Arena, type TurnFigures, takeTurn } from './turn';

interface Options {
  readonly referencePython?: string;
  readonly rounds: number;
  readonly sizes: readonly number[];
  readonly last: readonly number[];
  readonly serve: boolean;
  readonly floor: boolean;
  readonly restart: boolean;
  readonly json?: string;
}

/** Measures all contestants on one stack, in turn in every round. */
async function versus(options: Options): Promise<void> {
  const { referencePython: python } = options;
  if (python === undefined) say(`without the original controller: ${REFERENCE_ADVICE}`);
  else say(`the original controller is ${await checkReference(python)}`);
  const closing: (() => unknown)[] = [];
  try {
    const stack = await startStack({ name: `versus-${process.pid}`, registry: true, progress: say });
    closing.push(() => stack.stop());
    const cluster = kubernetesApi(stack.kubernetes.adminKubeconfig);
    closing.push(() => cluster.close());
    const view = createClusterView(stack.kubernetes.adminKubeconfig);
    closing.push(() => view.close());
    const site = await prepareSite(stack, cluster);
    closing.push(() => site.close());
    const users = [CONTROLLER_USER, referenceUser(stack.kubernetes.controllerNamespace)];
    for (const user of users) await countRequestsOf(cluster, user);
    const contestants: Contestant[] = [];
    if (python !== undefined) {
      const kubeconfig = await createReferenceAccount(stack, cluster, site.directory);
      contestants.push(theReference(stack, site, { python, kubeconfig }));
    }
    contestants.push(ours('ours', stack, site));
    if (options.serve) contestants.push(ours('ours, one process', stack, site, ['serve']));
    if (options.floor) contestants.push(theFloor(stack, site, view));
    const machine = describeMachine();
    let results: readonly Result[] = [];
    await measureAll({ stack, cluster, view, site }, contestants, options, (measured) => {
      results = measured;
      const { json } = options;
      if (json) writeFileSync(json, `${JSON.stringify({ machine, options, results }, null, 2)}\n`);
    });
    console.log(`${machine.summary}\n\n${versusTable(results)}`);
  } finally {
    for (const close of closing.toReversed()) await close();
  }
}

/** Measures the contestants; `onResults` gets what has been measured so far, after each turn and each restart. */
async function measureAll(
  arena: Arena,
  contestants: readonly Contestant[],
  { rounds, sizes, last, restart }: Options,
  onResults: (results: readonly Result[]) => void,
): Promise<void> {
  const measured = contestants.map((contestant) => ({
    contestant,
    turns: [] as TurnFigures[],
    restart: undefined as Figures | undefined,
  }));
  const report = () =>
    onResults(
      measured
        .filter(({ turns }) => turns.length > 0)
        .map(({ contestant: { name }, turns, restart }) => ({
          name,
          ...mediansOf(turns),
          ...(restart ? { restart } : {}),
        })),
    );
  for (let round = 1; round <= rounds; round += 1) {
    const these = round === rounds ? [...sizes, ...last.filter(Boolean)] : sizes;
    for (const { contestant, turns } of measured) {
      const figures = await takeTurn(arena, contestant, these);
      turns.push(figures);
      report();
      say(`round ${round} of ${rounds}, ${contestant.name}: ${brief(figures)}`);
    }
  }
  if (!restart) return;
  for (const one of measured) {
    one.restart = await measureRestart(arena, one.contestant);
    report();
    if (one.restart)
      say(`${one.contestant.name}: ${one.restart['restart.lost'] ?? 0} labs lost by a restart`);
  }
}

function mediansOf(turns: readonly TurnFigures[]): TurnFigures {
  const sizes = [...new Set(turns.flatMap(({ bursts }) => Object.keys(bursts).map(Number)))];
  const bursts = sizes.map((labs) => [
    labs,
    medians(turns.flatMap(({ bursts }) => (bursts[labs] ? [bursts[labs]] : []))),
  ]);
  return { single: medians(turns.map(({ single }) => single)), bursts: Object.fromEntries(bursts) };
}

function brief({ single, bursts }: TurnFigures): string {
  const rates = Object.entries(bursts).map(
    ([labs, figures]) => `${labs} users ${(figures['spawn.perSecond'] ?? 0).toFixed(1)}/s`,
  );
  return [`one spawn ${(single['spawn.p50Ms'] ?? 0).toFixed(0)} ms`, ...rates].join(', ');
}

new Command('versus')
  .description(
    'Measure this controller beside the original one, with one configuration on one stack, in turn in every round',
  )
  .addOption(
    new Option('--reference-python <file>', 'a Python interpreter that has the original controller').env(
      'NUBLADO_REFERENCE_PYTHON',
    ),
  )
  .option('--rounds <count>', 'rounds, of which the medians are shown', wholeNumber(1), 3)
  .option('--sizes <list>', 'labs of the bursts, 100 of them at a time', wholeNumbers(1), [20, 100])
  .option('--last <list>', 'further ones in the last round only; 0 for none', wholeNumbers(0), [300])
  .option('--serve', 'also this controller as one process', false)
  .option('--no-floor', 'leave out the same objects by bare API requests')
  .option('--no-restart', 'leave out the kill in a burst of creates')
  .option('--json <file>', 'also write everything as JSON, after each turn')
  .addHelpText('after', `\n${REFERENCE_ADVICE}\nWithout it the other contestants run alone.`)
  .action(versus)
  .parseAsync()
  .catch((error: unknown) => {
    console.error(errorMessage(error));
    process.exitCode = 1;
  });
