import { writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import type { TemporalKind } from '../../stack/start';
import { wholeNumber } from '../arguments';
import { describeMachine } from '../machine';
import { say } from '../progress';
import { faultsOf } from './aims';
import { measureScale, type ScaleFigures } from './run';
import { scaleTables } from './tables';
import { measureWatches, watchTable } from './watches';

interface Options {
  readonly labs: number;
  readonly also: number;
  readonly step: number;
  readonly width: number;
  readonly burst: number;
  readonly unrelatedPods: number;
  readonly unrelatedEvents: number;
  readonly exits: number;
  readonly idle: number;
  readonly check: number;
  readonly temporal: TemporalKind;
  readonly watches?: number;
  readonly json?: string;
}

/** Measures the controller with many running labs, and prints tables. */
async function scale(options: Options): Promise<void> {
  if (options.watches !== undefined) {
    const measured = await measureWatches(options.watches, say);
    console.log(`${describeMachine().summary}\n\n${watchTable(measured)}`);
    return;
  }
  const { unrelatedPods: pods, unrelatedEvents: events, idle, check, json, ...rest } = options;
  const machine = describeMachine();
  const phases: Partial<ScaleFigures>[] = [];
  const write = (results: object) =>
    json && writeFileSync(json, `${JSON.stringify({ machine, options, ...results }, null, 2)}\n`);
  const figures = await measureScale(
    { ...rest, unrelated: { pods, events }, idleMs: idle * 1_000, checkMs: check * 1_000 },
    {
      say,
      keep(phase) {
        phases.push(phase);
        write({ phases });
      },
    },
  );
  const faults = faultsOf(figures);
  console.log(`${machine.summary}\n\n${scaleTables(figures)}`);
  write({ figures, faults });
  if (Object.values(faults).some((count) => count !== 0)) process.exitCode = 1;
}

new Command('scale')
  .description('Measure the controller with many running labs, in a cluster full of objects of others')
  .option('--labs <count>', 'labs that run', wholeNumber(1), 3_000)
  .option('--also <count>', 'labs at which processes at rest are measured too', wholeNumber(1), 1_000)
  .option('--step <count>', 'labs between two readings while they come', wholeNumber(1), 500)
  .option('--width <count>', 'spawns at a time while they come', wholeNumber(1), 100)
  .option('--burst <count>', 'spawns at once, with no other lab and on top of all', wholeNumber(1), 300)
  .option('--unrelated-pods <count>', 'pods of others', wholeNumber(0), 20_000)
  .option('--unrelated-events <count>', 'events about pods of others', wholeNumber(0), 100_000)
  .option(
    '--exits <count>',
    'labs of a hub that end by themselves, five in a second; 0 for no hub',
    wholeNumber(0),
    100,
  )
  .option('--idle <seconds>', 'time over which processes at rest are measured', wholeNumber(1), 40)
  .option('--check <seconds>', 'interval of the checks that the burst on top makes', wholeNumber(1), 10)
  .addOption(
    new Option('--temporal <kind>', "Temporal's server; only PostgreSQL shows the size of its database")
      .choices(['development', 'postgresql'])
      .default('postgresql'),
  )
  .option('--watches <count>', 'measure only what a watch for each of so many pods costs', wholeNumber(1))
  .option('--json <file>', 'also write everything as JSON')
  .action(scale)
  .parseAsync()
  .catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
