import { planHubRound } from '../../../../bench/hub/crash-plan';

const WINDOWS = { startMs: 5_000, stopMs: 2_000 };

test('a seed gives the same round again, and another seed another one', () => {
  expect(planHubRound(1, 6, WINDOWS)).toEqual(planHubRound(1, 6, WINDOWS));
  expect(planHubRound(2, 6, WINDOWS)).not.toEqual(planHubRound(1, 6, WINDOWS));
});

test('all users have begun by the time of the kill, which is within its window', () => {
  for (let seed = 0; seed < 100; seed += 1) {
    const { starting, stopping } = planHubRound(seed, 6, WINDOWS);

    expect(starting.kill.atMs).toBeLessThanOrEqual(WINDOWS.startMs);
    expect(stopping.kill.atMs).toBeLessThanOrEqual(WINDOWS.stopMs);
    for (const { beginsAtMs, kill } of [starting, stopping]) {
      expect(beginsAtMs).toHaveLength(6);
      expect(Math.max(...beginsAtMs)).toBeLessThanOrEqual(kill.atMs);
    }
  }
});
