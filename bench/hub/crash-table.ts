import { crashTable, seconds } from '../crash-table';
import { median } from '../statistics';
import type { HubReport } from './crash-round';

const COUNTS = [
  'ready',
  'adopted',
  'unheard',
  'forgotten',
  'stopped',
  'kept',
  'lost',
  'orphaned',
  'duplicated',
  'untrue',
] as const;

/** One line about a round for the terminal. */
export function roundInWords(report: HubReport): string {
  const { starting, stopping } = report.plan;
  const counts = COUNTS.map((name) => `${report[name]} ${name}`).join(', ');
  const kills = `killed ${starting.kill.atMs} ms into the starts, ${stopping.kill.atMs} ms into the stops`;
  return `seed ${report.seed}, ${kills}; ${counts}; settled after ${seconds(report.settledMs)} s`;
}

/** Sums over all rounds. */
export function hubTotal(reports: readonly HubReport[]) {
  const sum = (name: (typeof COUNTS)[number]) => reports.reduce((total, report) => total + report[name], 0);
  const times = reports.map(({ settledMs }) => settledMs);
  return {
    rounds: reports.length,
    counts: Object.fromEntries(COUNTS.map((name) => [name, sum(name)])) as Record<
      (typeof COUNTS)[number],
      number
    >,
    settledMedianMs: median(times),
    settledMaximumMs: Math.max(...times),
  };
}

/** Markdown: a line per round, and the sum. */
export function hubTable(reports: readonly HubReport[]): string {
  const { rounds, counts, settledMedianMs, settledMaximumMs } = hubTotal(reports);
  const headings = ['seed', 'killed in starts, ms', 'in stops, ms', ...COUNTS, 'settled after s'];
  const rows = reports.map((report) => [
    report.seed,
    report.plan.starting.kill.atMs,
    report.plan.stopping.kill.atMs,
    ...COUNTS.map((name) => report[name]),
    seconds(report.settledMs),
  ]);
  const times = `median ${seconds(settledMedianMs)}, at most ${seconds(settledMaximumMs)}`;
  const last = ['sum', `${rounds} rounds`, '', ...COUNTS.map((name) => counts[name]), times];
  return crashTable(headings, [...rows, last]);
}
