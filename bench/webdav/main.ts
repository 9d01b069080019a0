import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { wholeNumber } from '../arguments';
import { describeMachine } from '../machine';
import { say } from '../progress';
import { CONTENDERS, type ContenderName } from './contenders';
import { measureFileServers } from './measure';
import { ratiosToPeers, webdavTables } from './table';

interface Options {
  readonly contenders: readonly ContenderName[];
  readonly rounds: number;
  readonly puts: number;
  readonly size: number;
  readonly entries: number;
  readonly large: boolean;
  readonly largeSize: number;
  readonly directory: string;
  readonly json?: string;
}

/** Measures the file server beside others, and prints tables. */
async function bench(options: Options): Promise<void> {
  const { size, large, largeSize, json, ...amounts } = options;
  const measured = await measureFileServers(
    { ...amounts, mebibytes: size, largeMebibytes: large ? largeSize : 0 },
    say,
  );
  const machine = describeMachine();
  console.log(`${machine.summary}\n\n${webdavTables(measured)}`);
  if (json) {
    const everything = { machine, options, measured, ratios: ratiosToPeers(measured) };
    writeFileSync(json, `${JSON.stringify(everything, null, 2)}\n`);
  }
}

function contenderNames(list: string): ContenderName[] {
  const names = new Set<string>(['nublado', ...list.split(',')]);
  const known = CONTENDERS.filter((name) => names.has(name));
  if (known.length === names.size) return known;
  throw new InvalidArgumentError(`choose from ${CONTENDERS.join(', ')}.`);
}

new Command('bench-webdav')
  .description(
    'Measure the file server beside others, by turns in one run; figures are medians over the rounds',
  )
  .option('--contenders <list>', 'the servers; ours is always one of them', contenderNames, [...CONTENDERS])
  .option('--rounds <count>', 'rounds, each with new processes', wholeNumber(1), 5)
  .option('--puts <count>', 'files of 1 KiB stored by eight connections', wholeNumber(1), 5000)
  .option('--size <MiB>', 'length of the file that is stored and read', wholeNumber(1), 200)
  .option('--entries <count>', 'files in the listed folder', wholeNumber(1), 5000)
  .option('--large', 'also store and read a file that is larger than memory may be, once', false)
  .option('--large-size <MiB>', 'its length', wholeNumber(1), 10_240)
  .option('--directory <path>', 'where the served folders are made', tmpdir())
  .option('--json <file>', 'also write everything as JSON')
  .action(bench)
  .parseAsync()
  .catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
