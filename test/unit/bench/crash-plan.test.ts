import { planKills } from '../../../bench/crash-plan';

test('a seed gives the same kills every time, another seed others', () => {
  expect(planKills(7, 5_000)).toEqual(planKills(7, 5_000));
  expect(planKills(8, 5_000)).not.toEqual(planKills(7, 5_000));
});

test('every process is killed once, in order of time and within the window', () => {
  const plans = Array.from({ length: 100 }, (_, seed) => planKills(seed, 5_000));

  for (const kills of plans) {
    const instants = kills.map(({ atMs }) => atMs);
    expect(kills.map(({ kind }) => kind).toSorted()).toEqual(['api', 'watcher', 'worker']);
    expect(instants).toEqual(instants.toSorted((a, b) => a - b));
    expect(Math.min(...instants)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...instants)).toBeLessThanOrEqual(5_000);
  }
});

test('over many seeds every process is sometimes the first to die', () => {
  const first = Array.from({ length: 100 }, (_, seed) => planKills(seed, 5_000)[0]?.kind);

  expect(new Set(first)).toEqual(new Set(['api', 'worker', 'watcher']));
});
