import { untilNextCheck } from '../../../src/domain/lab-timeouts';

test.each([
  ['long before the last look', 0, 5_000],
  ['shortly before it', 57_000, 1_000],
  ['at it, with the deadline to come', 58_000, 5_000],
  ['after it', 59_500, 5_000],
])('%s, the next look is due in time', (_, nowMs, expected) => {
  expect(untilNextCheck(nowMs, 5_000, 58_000)).toBe(expected);
});
