import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { stackFiles } from '../stack/files';
import { kubernetesApi } from '../stack/kubernetes-api';
import { startStack } from '../stack/start';
import { seedOption, wholeNumber } from './arguments';
import { openCrashArena } from './crash-arena';
import { type CrashReport, crashRound } from './crash-round';
import { crashTable, seconds } from './crash-table';
import { describeMachine } from './machine';
import type { Observers } from './observers';
import { median } from './statistics';
import { makeUsers } from './users';

interface Options {
  readonly rounds: number;
  readonly burst: number;
  readonly seed: number;
  readonly window: number;
  readonly json?: string;
}

const say = (line: string) => console.error(`${new Date().toISOString().slice(11, 19)} ${line}`);

/** Kills every process of the controller during bursts of spawns, and counts what is lost or left over. */
async function crash({ rounds, burst, seed, window, json }: Options): Promise<void> {
  const stack = await startStack({ name: `crash-${process.pid}`, progress: say });
  const closing: (() => Promise<void>)[] = [() => stack.stop()];
  const cluster = kubernetesApi(stack.kubernetes.adminKubeconfig);
  try {
    const arena = await openCrashArena(stack, cluster, closing);
    say(`seed ${seed}; logs in ${stackFiles(stack.directory).logs}`);

    const reports: CrashReport[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const users = await makeUsers(stack, `crash${round}`, burst);
      const report = await crashRound(arena, users, seed + round, window);
      reports.push(report);
      say(`round ${round + 1} of ${rounds}: ${describe(report)}`);
      await explain(report, arena.observers, stack.directory);
    }
    const machine = describeMachine();
    console.log(`${machine.summary}\n\n${table(reports)}`);
    if (json) {
      const options = { rounds, burst, seed, window };
      writeFileSync(
        json,
        `${JSON.stringify({ machine, options, total: totalOf(reports), reports }, null, 2)}\n`,
      );
    }
    if (reports.some(({ violations }) => violations.length > 0)) process.exitCode = 1;
  } finally {
    cluster.close();
    for (const close of closing.toReversed()) await close();
  }
}

/** Says what is wrong with which lab, and keeps the histories of these labs beside the logs. */
async function explain({ violations }: CrashReport, observers: Observers, directory: string): Promise<void> {
  for (const { kind, username, message } of violations) say(`  ${kind} ${username}: ${message}`);
  for (const username of new Set(violations.map((complaint) => complaint.username))) {
    const history = await observers.historyOf(username).catch(String);
    writeFileSync(join(stackFiles(directory).logs, `history-${username}.json`), history);
  }
}

const COUNTS = [
  'accepted',
  'refused',
  'unclear',
  'finished',
  'lost',
  'orphaned',
  'duplicated',
  'untrue',
  'touched',
] as const;

function describe(report: CrashReport): string {
  const kills = report.kills.map(({ kind, atMs }) => `${kind} at ${atMs} ms`).join(', ');
  const counts = COUNTS.map((name) => `${report[name]} ${name}`).join(', ');
  return `seed ${report.seed}, killed ${kills}; ${counts}; all served after ${seconds(report.servedMs)} s`;
}

function totalOf(reports: readonly CrashReport[]) {
  const counts = COUNTS.map(
    (name) => [name, reports.reduce((sum, report) => sum + report[name], 0)] as const,
  );
  const times = reports.map(({ servedMs }) => servedMs);
  return {
    rounds: reports.length,
    ...Object.fromEntries(counts),
    servedMedianMs: median(times),
    servedMaximumMs: Math.max(...times),
  };
}

/** Markdown for people: a line per round and the sum. */
function table(reports: readonly CrashReport[]): string {
  const headings = ['seed', 'killed, ms into the burst', ...COUNTS, 'all served after s'];
  const total = totalOf(reports) as Readonly<Record<string, number>>;
  const rows = reports.map((report) => [
    report.seed,
    report.kills.map(({ kind, atMs }) => `${kind} ${atMs}`).join(', '),
    ...COUNTS.map((name) => report[name]),
    seconds(report.servedMs),
  ]);
  const last = [
    'sum',
    `${total['rounds']} rounds`,
    ...COUNTS.map((name) => total[name]),
    `median ${seconds(total['servedMedianMs'] ?? 0)}, at most ${seconds(total['servedMaximumMs'] ?? 0)}`,
  ];
  return crashTable(headings, [...rows, last]);
}

new Command('crash')
  .description('Kill each process of the controller in turn during bursts of spawns, and count what is lost')
  .option('--rounds <count>', 'bursts', wholeNumber(1), 50)
  .option('--burst <count>', 'spawns in each', wholeNumber(1), 50)
  .addOption(seedOption())
  .option(
    '--window <milliseconds>',
    'the kills happen within this time of the start of the burst',
    wholeNumber(0),
    5000,
  )
  .option('--json <file>', 'also write everything as JSON')
  .action(crash)
  .parseAsync()
  .catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
