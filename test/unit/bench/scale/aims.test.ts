import { aimsOf, faultsOf, idleWithChecks, isReached } from '../../../../bench/scale/aims';
import type { ScaleFigures } from '../../../../bench/scale/run';

const none = {};

const figures: ScaleFigures = {
  start: none,
  empty: { 'spawn.perSecond': 20, 'spawn.failed': 0 },
  early: none,
  steps: [{ running: 3_000, 'spawn.failed': 2 }],
  idle: { labs: 3_000, watches: 2, 'percent.api': 0.5, 'percent.worker': 1, 'percent.watcher': 0.2 },
  reads: none,
  pass: { requests: 21, 'spawn.failed': 0, decisions: 0 },
  top: {
    spawns: { 'spawn.perSecond': 18, 'spawn.failed': 1 },
    checks: { 'cpuMs.worker': 6 },
    life: none,
    removal: { 'removal.failed': 0 },
  },
  exits: { failed: 0, unclean: 0 },
  restart: { 'spawn.failed': 0, notListed: 0, notRunning: 0 },
};

const aim = (start: string) => aimsOf(figures).find(({ what }) => what.startsWith(start));

test('aims have bounds on one side, and are not reached where nothing was measured', () => {
  const reached = aimsOf(figures).filter(isReached);

  expect(reached.map(({ what }) => what)).toEqual([
    'watches of the controller',
    'idle, the busiest process',
    "spawns/s of a burst on top, times the empty cluster's",
  ]);
  expect(aim('spawns/s')?.measured).toBeCloseTo(0.9);
});

test('regular checks of 3,000 labs are five in a second', () => {
  expect(idleWithChecks(figures, 'worker')).toBeCloseTo(1 + 5 * 0.6);
});

test('faults are summed over the phases', () => {
  expect(faultsOf(figures)).toMatchObject({ 'spawns failed': 3, 'ended labs not clean': 0 });
});
