import { pauseMs } from '../../../../src/workflow-clients/lab/progress-source';

test('histories are read without a pause while few are followed', () => {
  expect([1, 5, 10].map(pauseMs)).toEqual([0, 0, 0]);
});

test('the more histories are followed, the longer is the pause, up to a limit', () => {
  expect([11, 60, 110, 10_000].map(pauseMs)).toEqual([3, 150, 300, 300]);
});
