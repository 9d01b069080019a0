import type { Figures } from '../figures';
import { markdown } from '../tables';
import { type Aim, aimsOf, faultsOf, idleWithChecks, isReached } from './aims';
import type { ScaleFigures } from './run';

const DAY_S = 86_400;
const CHECK_EVERY_S = 600;

/** Markdown: the aims, and a table for each group of phases. */
export function scaleTables(figures: ScaleFigures): string {
  return [
    aimTable(aimsOf(figures)),
    growthTable(figures),
    processTable(figures),
    readTable(figures),
    storageTable(figures),
    markdown(
      'Faults',
      ['what', 'count'],
      Object.entries(faultsOf(figures)).map(([what, count]) => [what, String(count)]),
    ),
  ].join('\n\n');
}

function aimTable(aims: readonly Aim[]): string {
  const rows = aims.map((aim) => {
    const { atLeast, atMost, measured, unit, what } = aim;
    const bound = atMost === undefined ? `≥ ${atLeast}` : `≤ ${atMost}`;
    return [what, [bound, unit].filter(Boolean).join(' '), short(measured), isReached(aim) ? 'yes' : 'no'];
  });
  return markdown('Aims', ['what', 'aim', 'measured', 'reached'], rows);
}

function growthTable({ empty, steps, top, restart }: ScaleFigures): string {
  return markdown(
    'Spawns, processor time of each in ms, and memory afterwards in MiB',
    [
      'labs',
      'labs/s',
      'p50 ms',
      'p99 ms',
      'failed',
      'api',
      'worker',
      'watcher',
      'temporal',
      'postgresql',
      'kube-apiserver',
      'api MiB',
      'worker MiB',
      'watcher MiB',
    ],
    [
      growthRow('burst with no other', empty),
      ...steps.map((step) => growthRow(`up to ${step['running']}`, step)),
      growthRow('burst on top', top.spawns),
      growthRow('right after the restart', restart),
    ],
  );
}

function processTable(figures: ScaleFigures): string {
  const { early, idle, start, top } = figures;
  const names = Object.keys(idle).flatMap((name) => (name.startsWith('percent.') ? [name.slice(8)] : []));
  return markdown(
    'Processes at rest',
    [
      'process',
      'no lab, MiB',
      ...(early['labs'] === undefined ? [] : [`${early['labs']} labs, MiB`, '% of a core']),
      `${idle['labs']} labs, MiB`,
      '% of a core',
      'ms of a regular check',
      '% of a core with checks',
      'ms per removal',
    ],
    names.map((name) => [
      name,
      cell(start, `memory.${name}`),
      ...(early['labs'] === undefined ? [] : [cell(early, `memory.${name}`), cell(early, `percent.${name}`)]),
      cell(idle, `memory.${name}`),
      cell(idle, `percent.${name}`),
      cell(top.checks, `cpuMs.${name}`),
      short(idleWithChecks(figures, name)),
      cell(top.removal, `removal.cpuMs.${name}`),
    ]),
  );
}

function readTable({ exits, pass, reads, restart }: ScaleFigures): string {
  return markdown(
    'Requests',
    ['what', 'p50 ms', 'p99 ms'],
    [
      ['status read', cell(reads, 'status.p50Ms'), cell(reads, 'status.p99Ms')],
      ["all of Temporal's index of labs", cell(reads, 'index.ms'), ''],
      ['first list', cell(reads, 'list.firstMs'), ''],
      ['list', cell(reads, 'list.p50Ms'), cell(reads, 'list.p99Ms')],
      ['first list after the restart', cell(restart, 'list.firstMs'), ''],
      ['reconciliation pass', cell(pass, 'ms'), ''],
      ['reconciliation pass while labs are spawned', cell(pass, 'busy.ms'), ''],
      ['longest time without a finished spawn: in a pass', cell(pass, 'gap.pass.ms'), ''],
      ['longest time without a finished spawn: else', cell(pass, 'gap.ms'), ''],
      ['lab ended → hub clean', cell(exits, 'clean.p50Ms'), cell(exits, 'clean.p99Ms')],
      ['ready after SIGKILL of all', cell(restart, 'readyMs'), ''],
    ],
  );
}

function storageTable({ top }: ScaleFigures): string {
  const { checks, life } = top;
  const perDay = ((checks['databaseBytes'] ?? Number.NaN) * DAY_S) / CHECK_EVERY_S;
  return markdown(
    "In Temporal's databases, KiB",
    ['what', 'KiB'],
    [
      ['life of a lab', kib(life['databaseBytes'])],
      ['its history', kib(life['historyBytes'])],
      ['regular check', kib(checks['databaseBytes'])],
      ['idle day of a lab', kib(perDay)],
    ],
  );
}

const cell = (figures: Figures, name: string): string =>
  name in figures ? short(figures[name] ?? Number.NaN) : '';

/** Three digits, and all of those before the point. */
function short(value: number): string {
  if (Number.isNaN(value)) return '';
  if (Number.isInteger(value) || Math.abs(value) >= 100) return value.toFixed(0);
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

const growthRow = (what: string, figures: Figures): string[] => [
  what,
  ...['spawn.perSecond', 'spawn.p50Ms', 'spawn.p99Ms', 'spawn.failed'].map((name) => cell(figures, name)),
  ...['api', 'worker', 'watcher', 'temporal', 'postgresql', 'kube-apiserver'].map((name) =>
    cell(figures, `cpuMs.${name}`),
  ),
  ...['api', 'worker', 'watcher'].map((name) => cell(figures, `memory.${name}`)),
];

const kib = (bytes: number | undefined): string =>
  bytes === undefined || Number.isNaN(bytes) ? '' : short(bytes / 1024);
