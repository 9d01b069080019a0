import { pullKey, retryDelayMs } from '../../../src/domain/pull';

test.each([
  [1, 60_000],
  [2, 120_000],
  [6, 1_920_000],
  [7, 3_600_000],
  [5_000, 3_600_000],
])('after %d failures in a row, the pause is %d ms', (attempts, pauseMs) => {
  expect(retryDelayMs(attempts, 60_000, 3_600_000)).toBe(pauseMs);
});

test('pulls are told apart by node and digest', () => {
  const keys = [
    { node: 'a', digest: 'sha256:1' },
    { node: 'a', digest: 'sha256:2' },
    { node: 'b', digest: 'sha256:1' },
  ].map(pullKey);
  expect(new Set(keys).size).toBe(3);
});
