import { setImmediate } from 'node:timers/promises';
import { concurrently } from '../../../src/activities/concurrently';

test('work goes on ten at a time, and its results keep the order of the items', async () => {
  let underWay = 0;
  let most = 0;
  const items = Array.from({ length: 25 }, (_, index) => index);

  const results = await concurrently(items, async (item) => {
    underWay += 1;
    most = Math.max(most, underWay);
    for (let turn = item; turn < 25; turn += 1) await setImmediate();
    underWay -= 1;
    return item * 2;
  });

  expect(results).toEqual(items.map((item) => item * 2));
  expect(most).toBe(10);
});
