import type { Figures } from '../figures';
import type { ScaleFigures } from './run';

/** What thousands of labs must not cost more than, and what it was. */
export interface Aim {
  readonly what: string;
  readonly unit: string;
  readonly atMost?: number;
  readonly atLeast?: number;
  /** NaN where it was not measured. */
  readonly measured: number;
}

const OWN = ['api', 'worker', 'watcher'] as const;

/** Regular checks of a lab: one in ten minutes. */
const CHECKS_PER_SECOND = 1 / 600;

const of = (figures: Figures, name: string): number => figures[name] ?? Number.NaN;

const most = (figures: Figures, prefix: string): number =>
  Math.max(...OWN.map((name) => of(figures, `${prefix}.${name}`)));

/** All aims with their figures. */
export function aimsOf(figures: ScaleFigures): Aim[] {
  const { empty, exits, idle, pass, reads, restart, top } = figures;
  return [
    { what: 'watches of the controller', unit: '', atMost: 4, measured: of(idle, 'watches') },
    { what: 'idle, the busiest process', unit: '% of a core', atMost: 3, measured: most(idle, 'percent') },
    {
      what: 'the same with regular checks',
      unit: '% of a core',
      atMost: 3,
      measured: Math.max(...OWN.map((name) => idleWithChecks(figures, name))),
    },
    { what: 'memory, the largest process', unit: 'MiB', atMost: 200, measured: most(idle, 'memory') },
    { what: 'status read, p99', unit: 'ms', atMost: 20, measured: of(reads, 'status.p99Ms') },
    { what: 'first list', unit: 'ms', atMost: 300, measured: of(reads, 'list.firstMs') },
    { what: 'list, p50', unit: 'ms', atMost: 300, measured: of(reads, 'list.p50Ms') },
    { what: 'requests of a reconciliation pass', unit: '', atMost: 20, measured: of(pass, 'requests') },
    {
      what: 'longest time without a finished spawn, in a pass',
      unit: 'ms',
      atMost: 1_000,
      measured: of(pass, 'gap.pass.ms'),
    },
    {
      what: "spawns/s of a burst on top, times the empty cluster's",
      unit: '',
      atLeast: 0.87,
      measured: of(top.spawns, 'spawn.perSecond') / of(empty, 'spawn.perSecond'),
    },
    { what: 'lab ended → hub clean, p99', unit: 'ms', atMost: 2_000, measured: of(exits, 'clean.p99Ms') },
    {
      what: 'ready after SIGKILL of all processes',
      unit: 'ms',
      atMost: 3_000,
      measured: of(restart, 'readyMs'),
    },
  ];
}

/** Share of a core of an idle process, in percent, once the labs' regular checks are spread over ten minutes. */
export function idleWithChecks({ idle, top }: ScaleFigures, name: string): number {
  const checksPerSecond = of(idle, 'labs') * CHECKS_PER_SECOND;
  return of(idle, `percent.${name}`) + (checksPerSecond * of(top.checks, `cpuMs.${name}`)) / 10;
}

/** Whether an aim is reached; not where it was not measured. */
export function isReached({
  atLeast = Number.NEGATIVE_INFINITY,
  atMost = Number.POSITIVE_INFINITY,
  measured,
}: Aim): boolean {
  return measured >= atLeast && measured <= atMost;
}

/** What must not happen, whatever it takes: counts by name, of which all have to be 0. */
export function faultsOf({ empty, exits, pass, restart, steps, top }: ScaleFigures): Figures {
  const failed = [empty, ...steps, top.spawns, pass, restart].map((figures) => of(figures, 'spawn.failed'));
  return {
    'spawns failed': failed.reduce((sum, count) => sum + count, 0),
    'removals failed': of(top.removal, 'removal.failed'),
    'spawns by the hub failed': exits['failed'] ?? 0,
    'ended labs not clean': exits['unclean'] ?? 0,
    'labs not listed after the restart': of(restart, 'notListed'),
    'labs not running after the restart': of(restart, 'notRunning'),
    'decisions of reconciliation': of(pass, 'decisions'),
  };
}
