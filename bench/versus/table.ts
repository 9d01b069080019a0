import { type Figures, ratios } from '../figures';
import { markdown } from '../tables';

/** What has been measured of a contestant: medians of its turns, and its restart. */
export interface Result {
  readonly name: string;
  readonly single: Figures;
  /** By the number of labs. */
  readonly bursts: Readonly<Record<number, Figures>>;
  /** Absent where it has not been measured. */
  readonly restart?: Figures;
}

/** Heading of a row, name of the figure, decimals. */
type Row = readonly [string, string, number];

const SINGLE: readonly Row[] = [
  ['one spawn, p50 ms', 'spawn.p50Ms', 0],
  ['one delete answered, p50 ms', 'delete.p50Ms', 0],
  ['resident memory without labs, MiB', 'memory.idle', 0],
  ['failed', 'failed', 0],
];

const BURST: readonly Row[] = [
  ['spawns/s', 'spawn.perSecond', 1],
  ['spawn, p50 ms', 'spawn.p50Ms', 0],
  ['create answered, p50 ms', 'answered.p50Ms', 0],
  ['delete answered, p50 ms', 'delete.p50Ms', 0],
  ['own processor time per spawn, ms', 'cpu.own', 1],
  ["Temporal's", 'cpu.temporal', 1],
  ["the API server's", 'cpu.kube-apiserver', 1],
  ['requests to the API server per spawn', 'requests', 1],
  ['status reads/s, 16 at once', 'status.perSecond', 0],
  ['status read, p99 ms', 'status.p99Ms', 0],
  ['resident memory with these labs, MiB', 'memory', 0],
  ['failed', 'failed', 0],
];

const RESTART: readonly Row[] = [
  ['killed 1 s into a burst of 50: accepted', 'restart.accepted', 0],
  ['of these lost', 'restart.lost', 0],
  ['answers again after, ms', 'restart.awayMs', 0],
  ['all labs run or are given up after, ms', 'restart.settledMs', 0],
];

/** The figures of all contestants side by side, each with how many times that of the first it is. */
export function versusTable(results: readonly Result[]): string {
  const sizes = [...new Set(results.flatMap(({ bursts }) => Object.keys(bursts).map(Number)))];
  const lines = [
    ...rows(
      'one at a time',
      SINGLE,
      results.map(({ single }) => single),
    ),
    ...sizes.flatMap((labs) =>
      rows(
        `${labs} users`,
        BURST,
        results.map(({ bursts }) => bursts[labs] ?? {}),
      ),
    ),
    ...rows(
      'restart',
      RESTART,
      results.map(({ restart }) => restart ?? {}),
    ),
  ];
  const names = results.map(({ name }) => name);
  return markdown('Side by side', ['labs', 'figure', ...names], lines);
}

function rows(scope: string, wanted: readonly Row[], contestants: readonly Figures[]): string[][] {
  const [base = {}, ...others] = contestants;
  const times = [{}, ...others.map((figures) => ratios(figures, base))];
  return wanted
    .filter(([, name]) => contestants.some((figures) => figures[name] !== undefined))
    .map(([heading, name, decimals]) => [
      scope,
      heading,
      ...contestants.map((figures, index) => cell(figures[name], times[index]?.[name], decimals)),
    ]);
}

function cell(value: number | undefined, ratio: number | undefined, decimals: number): string {
  if (value === undefined) return '';
  return ratio === undefined ? value.toFixed(decimals) : `${value.toFixed(decimals)} (${ratio.toFixed(2)}x)`;
}
