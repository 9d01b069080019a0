import { CHOICES, type Part, partOf, planKills } from '../../../bench/crash-plan';

test('a seed gives the same kills every time, another seed others', () => {
  expect(planKills('all', 7, 5_000)).toEqual(planKills('all', 7, 5_000));
  expect(planKills('all', 8, 5_000)).not.toEqual(planKills('all', 7, 5_000));
});

test('every process is killed once, in order of time and within the window', () => {
  const plans = Array.from({ length: 100 }, (_, seed) => planKills('all', seed, 5_000));

  for (const kills of plans) {
    const instants = kills.map(({ atMs }) => atMs);
    expect(kills.map(({ kind }) => kind).toSorted()).toEqual(['api', 'watcher', 'worker']);
    expect(instants).toEqual(instants.toSorted((a, b) => a - b));
    expect(Math.min(...instants)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...instants)).toBeLessThanOrEqual(5_000);
  }
});

test('over many seeds every process is sometimes the first to die', () => {
  const first = Array.from({ length: 100 }, (_, seed) => planKills('all', seed, 5_000)[0]?.kind);

  expect(new Set(first)).toEqual(new Set(['api', 'worker', 'watcher']));
});

test.each<[Part, string[]]>([
  ['none', []],
  ['api', ['api']],
  ['watcher', ['watcher']],
])('a round of part %s kills %j', (part, kinds) => {
  expect(planKills(part, 7, 5_000).map(({ kind }) => kind)).toEqual(kinds);
});

test.each(CHOICES)('of choice %s, rounds without a kill take turns with the others', (choice) => {
  const parts = Array.from({ length: 20 }, (_, round) => partOf(choice, round));

  expect(parts[0]).toBe('none');
  expect(new Set(parts)).toEqual(
    new Set(choice === 'each' ? ['none', 'api', 'worker', 'watcher', 'all'] : ['none', choice]),
  );
});
