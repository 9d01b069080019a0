import type { RecoveryReport } from '../../../../bench/recovery/round';
import { recoveryTable } from '../../../../bench/recovery/run';

const report = (changes: Partial<RecoveryReport>): RecoveryReport => ({
  target: 'watcher',
  fault: 'killed',
  noticedMs: 2_000,
  servedMs: 3_000,
  accepted: 20,
  affected: 18,
  lastedMs: 1_400,
  ...changes,
});

const rows = (reports: readonly RecoveryReport[]) =>
  recoveryTable(reports)
    .split('\n')
    .slice(2)
    .map((line) => line.slice(2, -2).split(' | '));

test('rounds of a fault are one row, with medians and maxima in seconds', () => {
  expect(
    rows([report({}), report({ noticedMs: 4_000, servedMs: 9_000 }), report({ fault: 'stalled' })]),
  ).toEqual([
    ['watcher', 'killed', '2', '36', '1.4, at most 1.4', '3.0, at most 4.0', '6.0, at most 9.0'],
    ['watcher', 'stalled', '1', '18', '1.4, at most 1.4', '2.0, at most 2.0', '3.0, at most 3.0'],
  ]);
});

test('a fault that was not noticed, or spawns that were not served, are not counted as fast', () => {
  const reports = [report({ noticedMs: null, servedMs: null }), report({ noticedMs: null })];

  expect(rows(reports).map((row) => row.slice(5))).toEqual([['', '3.0, at most 3.0, 1 never']]);
});
