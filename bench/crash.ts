import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { stackFiles } from '../stack/files';
import { kubernetesApi } from '../stack/kubernetes-api';
import { startStack, type TemporalKind } from '../stack/start';
import { seedOption, wholeNumber } from './arguments';
import { KINDS, NAMES_WITH_STANDBY } from './controllers';
import { openCrashArena } from './crash-arena';
import { CHOICES, type Choice, partOf } from './crash-plan';
import { crashTotal, partTable, roundInWords, roundTable } from './crash-report';
import { type CrashReport, crashRound } from './crash-round';
import { describeMachine } from './machine';
import type { Observers } from './observers';
import { say } from './progress';
import { TARGETS, type Target } from './recovery/faults';
import { measureRecovery } from './recovery/run';
import { makeUsers } from './users';

interface Options {
  readonly rounds?: number;
  readonly burst?: number;
  readonly part: Choice;
  readonly standby: boolean;
  readonly temporal: TemporalKind;
  readonly seed: number;
  readonly window: number;
  /** One part, or with `true` all of them. */
  readonly recovery?: Target | true;
  readonly json?: string;
}

/** Kills processes of the controller during bursts of spawns, and counts what is lost, left over or late. */
async function crash(options: Options): Promise<void> {
  const { rounds = 50, burst = 50, part, standby, temporal, seed, window, json } = options;
  const stack = await startStack({ name: `crash-${process.pid}`, temporal, progress: say });
  const closing: (() => Promise<void>)[] = [() => stack.stop()];
  const cluster = kubernetesApi(stack.kubernetes.adminKubeconfig);
  try {
    const arena = await openCrashArena(stack, cluster, closing, {
      names: standby ? NAMES_WITH_STANDBY : KINDS,
    });
    say(`seed ${seed}; logs in ${stackFiles(stack.directory).logs}`);

    say('a burst to warm up');
    const undisturbed = { part: 'none', seed, windowMs: window } as const;
    await crashRound(arena, await makeUsers(stack, 'warm', burst), undisturbed);
    const reports: CrashReport[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const users = await makeUsers(stack, `crash${round}`, burst);
      const plan = { part: partOf(part, round), seed: seed + round, windowMs: window };
      const report = await crashRound(arena, users, plan);
      reports.push(report);
      say(`round ${round + 1} of ${rounds}: ${roundInWords(report)}`);
      await explain(report, arena.observers, stack.directory);
    }
    const machine = describeMachine();
    console.log([machine.summary, roundTable(reports), partTable(reports)].join('\n\n'));
    if (json) {
      const results = { machine, options, total: crashTotal(reports), reports };
      writeFileSync(json, `${JSON.stringify(results, null, 2)}\n`);
    }
    if (reports.some(({ violations }) => violations.length > 0)) process.exitCode = 1;
  } finally {
    cluster.close();
    for (const close of closing.toReversed()) await close();
  }
}

async function run(options: Options): Promise<void> {
  const { rounds = 3, burst = 20, recovery, temporal, json } = options;
  if (recovery === undefined) return crash(options);
  const target = recovery === true ? null : recovery;
  return measureRecovery({ rounds, burst, temporal, target, say, json });
}

/** Says what is wrong with which lab, and keeps the histories of these labs beside the logs. */
async function explain({ violations }: CrashReport, observers: Observers, directory: string): Promise<void> {
  for (const { kind, username, message } of violations) say(`  ${kind} ${username}: ${message}`);
  for (const username of new Set(violations.map((complaint) => complaint.username))) {
    const history = await observers.historyOf(username).catch(String);
    writeFileSync(join(stackFiles(directory).logs, `history-${username}.json`), history);
  }
}

new Command('crash')
  .description('Kill processes of the controller during bursts of spawns, and count what is lost or late')
  .option('--rounds <count>', 'bursts; 50 by default, with --recovery 3 for each fault', wholeNumber(1))
  .option('--burst <count>', 'spawns in each; 50 by default, with --recovery 20', wholeNumber(1))
  .addOption(
    new Option(
      '--part <part>',
      'what is killed, by turns with bursts without a kill; each: every part by turns, then all in one burst',
    )
      .choices(CHOICES)
      .default('each'),
  )
  .option(
    '--standby',
    'run a second worker and a second watcher; of the watchers the one that watches is killed',
    false,
  )
  .addOption(
    new Option('--temporal <server>', 'what Temporal is')
      .choices(['development', 'postgresql'])
      .default('development'),
  )
  .addOption(seedOption())
  .option(
    '--window <milliseconds>',
    'the kills happen within this time of the start of the burst',
    wholeNumber(0),
    2500,
  )
  .option('--json <file>', 'also write everything as JSON')
  .addOption(
    new Option(
      '--recovery [part]',
      'instead: kill, stop and cut off one part or each, and measure how soon that is noticed and overcome',
    ).choices(TARGETS),
  )
  .action(run)
  .parseAsync()
  .catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
