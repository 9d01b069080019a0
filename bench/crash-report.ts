import { type AddedLatency, addedLatencies, type RoundLatencies } from './added-latency';
import { PARTS } from './crash-plan';
import type { CrashReport } from './crash-round';
import { crashTable, seconds } from './crash-table';
import { median } from './statistics';

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

/** One round in a line. */
export function roundInWords(report: CrashReport): string {
  const kills = report.kills.map(({ kind, atMs }) => `${kind} at ${atMs} ms`).join(', ') || 'nothing';
  const counts = COUNTS.map((name) => `${report[name]} ${name}`).join(', ');
  return `seed ${report.seed}, killed ${kills}; ${counts}; all served after ${seconds(report.servedMs)} s`;
}

/** Sums of all rounds, the times until all were served, and what kills of each part added to the spawns they met. */
export function crashTotal(reports: readonly CrashReport[]) {
  const counts = COUNTS.map(
    (name) => [name, reports.reduce((sum, report) => sum + report[name], 0)] as const,
  );
  const times = reports.map(({ servedMs }) => servedMs);
  return {
    rounds: reports.length,
    ...Object.fromEntries(counts),
    servedMedianMs: median(times),
    servedMaximumMs: Math.max(...times),
    added: addedLatencies(reports.map(latenciesOf)),
  };
}

/** Markdown for people: a line per round and the sum. */
export function roundTable(reports: readonly CrashReport[]): string {
  const headings = ['seed', 'killed, ms into the burst', ...COUNTS, 'all served after s'];
  const sum = (name: (typeof COUNTS)[number]) => reports.reduce((total, report) => total + report[name], 0);
  const rows = reports.map((report) => [
    report.seed,
    report.kills.map(({ kind, atMs }) => `${kind} ${atMs}`).join(', '),
    ...COUNTS.map((name) => report[name]),
    seconds(report.servedMs),
  ]);
  return crashTable(headings, [
    ...rows,
    ['sum', `${reports.length} rounds`, ...COUNTS.map(sum), range(reports.map(({ servedMs }) => servedMs))],
  ]);
}

/** Markdown: what the kills of each part added to the spawns that they met, and until when all were served. */
export function partTable(reports: readonly CrashReport[]): string {
  const added = new Map(addedLatencies(reports.map(latenciesOf)).map((row) => [row.part, row]));
  const headings = [
    'killed',
    'rounds',
    'steps lost',
    'spawns under way then',
    'p50: s longer',
    'p99',
    'at most',
    'all served, s after the start',
    'after the last kill',
  ];
  const rows = PARTS.flatMap((part) => {
    const ofPart = reports.filter((report) => report.part === part);
    return ofPart.length > 0
      ? [[part, ofPart.length, sumOf(ofPart), ...cells(added.get(part)), ...served(ofPart)]]
      : [];
  });
  return crashTable(headings, rows);
}

const sumOf = (reports: readonly CrashReport[]) => reports.reduce((sum, { stepsLost }) => sum + stepsLost, 0);

function cells(added: AddedLatency | undefined): (number | string)[] {
  if (!added) return ['', '', '', ''];
  return [added.affected, seconds(added.p50Ms), seconds(added.p99Ms), seconds(added.maximumMs)];
}

function served(reports: readonly CrashReport[]): string[] {
  const sinceKill = reports.flatMap(({ kills, servedMs }) => {
    const last = kills.at(-1);
    return last ? [Math.max(0, servedMs - last.atMs)] : [];
  });
  return [range(reports.map(({ servedMs }) => servedMs)), sinceKill.length > 0 ? range(sinceKill) : ''];
}

const range = (times: readonly number[]) =>
  `median ${seconds(median(times))}, at most ${seconds(Math.max(...times))}`;

function latenciesOf({ part, kills, durationsMs }: CrashReport): RoundLatencies {
  return { part, killedMs: kills[0]?.atMs ?? null, durationsMs };
}
