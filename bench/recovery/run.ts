import { rmSync, writeFileSync } from 'node:fs';
import { stackFiles } from '../../stack/files';
import { kubernetesApi } from '../../stack/kubernetes-api';
import { startStack, type TemporalKind } from '../../stack/start';
import { NAMES_WITH_STANDBY } from '../controllers';
import { openCrashArena } from '../crash-arena';
import { crashTable, seconds } from '../crash-table';
import { describeMachine } from '../machine';
import { median } from '../statistics';
import { makeUsers } from '../users';
import { type Connections, openConnections } from './connections';
import { FAULTS, type Fault, TARGETS, type Target } from './faults';
import { type RecoveryReport, recoveryRound } from './round';

export interface RecoveryOptions {
  /** How often each fault is repeated. */
  readonly rounds: number;
  readonly burst: number;
  readonly temporal: TemporalKind;
  /** Only this part; null for all that the stack has. */
  readonly target: Target | null;
  readonly say: (line: string) => void;
  readonly json?: string | undefined;
}

type Case = readonly [Target | 'none', Fault | 'none'];

/** Makes each part fail in each way during bursts of spawns, and shows how soon that is noticed and overcome. */
export async function measureRecovery(options: RecoveryOptions): Promise<void> {
  const { rounds, burst, temporal, say, json } = options;
  const stack = await startStack({
    name: `recovery-${process.pid}`,
    temporal,
    persistent: temporal === 'postgresql',
    progress: say,
  });
  const closing: (() => Promise<void>)[] = [() => stack.stop()];
  const cluster = kubernetesApi(stack.kubernetes.adminKubeconfig);
  try {
    const connections = new Map<string, Connections>();
    for (const name of NAMES_WITH_STANDBY) connections.set(name, await openConnections(stack, name));
    const opened = await openCrashArena(stack, cluster, closing, {
      names: NAMES_WITH_STANDBY,
      environmentOf: (name) => connections.get(name)?.environment ?? {},
    });
    say(`logs in ${stackFiles(stack.directory).logs}`);
    const arena = { ...opened, stack, connections };
    say('a burst to warm up');
    await recoveryRound(arena, await makeUsers(stack, 'warm', burst), 'none', 'none');
    const reports: RecoveryReport[] = [];
    for (const [target, fault] of casesOf(options)) {
      for (let round = 0; round < rounds; round += 1) {
        const users = await makeUsers(stack, `recovery${reports.length}`, burst);
        const report = await recoveryRound(arena, users, target, fault);
        if (!report) break;
        reports.push(report);
        say(JSON.stringify(report));
      }
    }
    const machine = describeMachine();
    console.log(`${machine.summary}\n\n${recoveryTable(reports)}`);
    if (json) writeFileSync(json, `${JSON.stringify({ machine, reports }, null, 2)}\n`);
  } finally {
    cluster.close();
    for (const close of closing.toReversed()) await close();
    if (stack.isPersistent) rmSync(stack.directory, { recursive: true, force: true });
  }
}

/** The development server has no state to come back with, and no database to fail. */
function casesOf({ target, temporal }: RecoveryOptions): Case[] {
  const available = TARGETS.filter(
    (one) => temporal === 'postgresql' || (one !== 'temporal' && one !== 'postgresql'),
  );
  const chosen = available.filter((one) => target === null || target === one);
  return [['none', 'none'], ...chosen.flatMap((one) => FAULTS.map((fault): Case => [one, fault]))];
}

/** Markdown: a line per fault. */
export function recoveryTable(reports: readonly RecoveryReport[]): string {
  const headings = [
    'part',
    'fault',
    'rounds',
    'spawns under way',
    'lasted s',
    'noticed after s',
    'all served after s',
  ];
  const byCase = Map.groupBy(reports, ({ target, fault }) => `${target} ${fault}`);
  const rows = [...byCase.values()].map((ofCase) => {
    const [{ target, fault }] = ofCase as [RecoveryReport, ...RecoveryReport[]];
    return [
      target,
      fault,
      ofCase.length,
      ofCase.reduce((sum, { affected }) => sum + affected, 0),
      range(ofCase.map(({ lastedMs }) => lastedMs)),
      range(ofCase.map(({ noticedMs }) => noticedMs)),
      range(ofCase.map(({ servedMs }) => servedMs)),
    ];
  });
  return crashTable(headings, rows);
}

/** Median and maximum in seconds; `never` where one is unknown. */
function range(times: readonly (number | null)[]): string {
  const known = times.filter((time) => time !== null);
  if (known.length === 0) return '';
  const missing = known.length < times.length ? `, ${times.length - known.length} never` : '';
  return `${seconds(median(known))}, at most ${seconds(Math.max(...known))}${missing}`;
}
