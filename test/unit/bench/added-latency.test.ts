import { addedLatencies, type RoundLatencies } from '../../../bench/added-latency';

const undisturbed = (...durationsMs: number[]): RoundLatencies => ({
  part: 'none',
  killedMs: null,
  durationsMs,
});

test('spawns are compared in the order in which they were served, with the median of undisturbed bursts', () => {
  const rounds: RoundLatencies[] = [
    undisturbed(100, 200, 300),
    undisturbed(300, 120, 210),
    undisturbed(110, 220, 600),
    { part: 'worker', killedMs: 50, durationsMs: [1_110, 110, 3_300] },
  ];

  expect(addedLatencies(rounds).find(({ part }) => part === 'worker')).toEqual({
    part: 'worker',
    rounds: 1,
    affected: 3,
    p50Ms: 900,
    p99Ms: 3_000,
    maximumMs: 3_000,
  });
});

test('spawns that were served before the kill do not count', () => {
  const rounds: RoundLatencies[] = [
    undisturbed(100, 200, 300),
    { part: 'api', killedMs: 250, durationsMs: [100, 200, 1_300] },
    { part: 'watcher', killedMs: 900, durationsMs: [100, 200, 300] },
  ];

  expect(addedLatencies(rounds)).toEqual([
    { part: 'api', rounds: 1, affected: 1, p50Ms: 1_000, p99Ms: 1_000, maximumMs: 1_000 },
  ]);
});

test('where a kill left fewer spawns, they are compared with the same share of an undisturbed burst', () => {
  const rounds: RoundLatencies[] = [
    undisturbed(100, 200, 300, 400),
    { part: 'api', killedMs: 0, durationsMs: [1_100, 1_300] },
  ];

  const added = addedLatencies(rounds).find(({ part }) => part === 'api');
  expect(added).toMatchObject({ affected: 2, p50Ms: 1_000, maximumMs: 1_000 });
});

test('undisturbed bursts are compared with each other, and a single one with nothing', () => {
  expect(addedLatencies([undisturbed(100, 200)])).toEqual([]);
  expect(addedLatencies([undisturbed(100), undisturbed(150)])).toEqual([
    { part: 'none', rounds: 2, affected: 2, p50Ms: 0, p99Ms: 50, maximumMs: 50 },
  ]);
});
