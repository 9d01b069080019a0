import type { Figures } from './figures';

/** Figures of one contender for one number of labs, and their ratios to the floor's of the same run. */
export interface Result {
  readonly labs: number;
  readonly contender: string;
  readonly figures: Figures;
  /** Empty for the floor. */
  readonly ratios: Figures;
}

/** Heading, name of the figure, decimals. */
type Column = readonly [string, string, number];

const TABLES: readonly (readonly [string, readonly Column[]])[] = [
  [
    'Spawning',
    [
      ['p50 ms', 'spawn.p50Ms', 0],
      ['p99 ms', 'spawn.p99Ms', 0],
      ['labs/s', 'spawn.perSecond', 1],
      ['answered p50 ms', 'spawn.answered.p50Ms', 0],
      ['answered p99 ms', 'spawn.answered.p99Ms', 0],
      ['failed', 'spawn.failed', 0],
    ],
  ],
  [
    'Spawning pods that take 3 s to start',
    [
      ['p50 ms', 'slow.p50Ms', 0],
      ['p99 ms', 'slow.p99Ms', 0],
      ['answered p50 ms', 'slow.answered.p50Ms', 0],
      ['failed', 'slow.failed', 0],
    ],
  ],
  [
    'Deleting and replacing',
    [
      ['delete answered p50 ms', 'delete.answered.p50Ms', 0],
      ['p99 ms', 'delete.answered.p99Ms', 0],
      ['namespace gone p50 ms', 'delete.gone.p50Ms', 0],
      ['p99 ms', 'delete.gone.p99Ms', 0],
      ['stop and respawn p50 ms', 'respawn.p50Ms', 0],
      ['p99 ms', 'respawn.p99Ms', 0],
    ],
  ],
  [
    'Observing',
    [
      ['pod running → `complete` p95 ms', 'event.running.p95Ms', 0],
      ['Kubernetes event → `info` p95 ms', 'event.kubernetes.p95Ms', 0],
      ['status read p50 ms', 'status.p50Ms', 1],
      ['p99 ms', 'status.p99Ms', 1],
      ['ready after SIGKILL of all ms', 'restart.readyMs', 0],
      ['not running then', 'restart.notRunning', 0],
    ],
  ],
  [
    'Requests to the API server per spawn and per deletion',
    [
      ['writes per spawn', 'requests.spawn.writes', 2],
      ['reads', 'requests.spawn.reads', 2],
      ['watches', 'requests.spawn.watches', 2],
      ['refused', 'requests.spawn.refused', 2],
      ['writes per deletion', 'requests.delete.writes', 2],
      ['reads', 'requests.delete.reads', 2],
      ['open watches of all clients', 'watches.all', 0],
      ['more per lab', 'watches.perLab', 2],
    ],
  ],
];

const MACHINERY = ['temporal', 'kube-apiserver', 'etcd', 'kube-controller-manager', 'kwok', 'bench'];

/** Markdown: one table per subject, with figure and ratio to the floor's in each cell. */
export function tables(results: readonly Result[]): string {
  const processes = processColumns(results);
  return [
    ...TABLES.map(([title, columns]) => table(title, columns, results)),
    table('Processor time per spawn, ms', processes('cpuMs.spawn', 1), results),
    table('Processor time per deletion, ms', processes('cpuMs.delete', 1), results),
    table('Resident memory with these labs running, MiB', processes('memory', 0), results),
    requestTable(results),
  ]
    .filter((text) => text !== '')
    .join('\n\n');
}

function processColumns(results: readonly Result[]) {
  const names = new Set(results.flatMap(({ figures }) => Object.keys(figures)));
  return (prefix: string, decimals: number): Column[] => {
    const all = [...names]
      .filter((name) => name.startsWith(`${prefix}.`))
      .map((name) => name.slice(prefix.length + 1));
    const known = all.filter((name) => MACHINERY.includes(name));
    const own = all.filter((name) => ['own', 'api', 'worker', 'watcher'].includes(name));
    return [...own, ...known].map((name) => [name, `${prefix}.${name}`, decimals] as const);
  };
}

function table(title: string, columns: readonly Column[], results: readonly Result[]): string {
  const present = columns.filter(([, name]) => results.some(({ figures }) => figures[name] !== undefined));
  if (present.length === 0) return '';
  const rows = results
    .filter(({ figures }) => present.some(([, name]) => figures[name] !== undefined))
    .map((result) => [
      String(result.labs),
      result.contender,
      ...present.map(([, name, decimals]) => cell(result, name, decimals)),
    ]);
  return markdown(title, ['labs', 'contender', ...present.map(([heading]) => heading)], rows);
}

function requestTable(results: readonly Result[]): string {
  const prefix = 'requests.spawn.';
  const counted = results.filter(({ figures }) => figures[`${prefix}writes`] !== undefined);
  const names = new Set(
    counted.flatMap(({ figures }) =>
      Object.keys(figures).filter((name) => name.startsWith(prefix) && name.includes(' ') && figures[name]),
    ),
  );
  if (names.size === 0) return '';
  const headings = [
    'verb and resource',
    ...counted.map(({ labs, contender }) => `${contender}, ${labs} labs`),
  ];
  const rows = [...names].map((name) => [
    name.slice(prefix.length),
    ...counted.map((result) => cell(result, name, 2)),
  ]);
  return markdown('Requests to the API server per spawn, by verb and resource', headings, rows);
}

function cell({ figures, ratios }: Result, name: string, decimals: number): string {
  const value = figures[name];
  if (value === undefined) return '';
  const ratio = ratios[name];
  return ratio === undefined ? value.toFixed(decimals) : `${value.toFixed(decimals)} (${ratio.toFixed(2)}x)`;
}

/** A table under a heading. */
export function markdown(
  title: string,
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((text, column) => text.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [`### ${title}`, '', line(headings), rule, ...rows.map(line)].join('\n');
}
