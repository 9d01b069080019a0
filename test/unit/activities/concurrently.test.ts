import { setImmediate } from 'node:timers/promises';
import { allEnded, concurrently } from '../../../src/activities/concurrently';

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

test('what runs at the same time has all ended when the first failure is thrown', async () => {
  const slow = Promise.withResolvers<void>();
  let isOver = false;
  const waiting = allEnded([
    slow.promise,
    Promise.reject(new Error('first')),
    Promise.reject(new Error('second')),
  ]).finally(() => {
    isOver = true;
  });
  await setImmediate();
  expect(isOver).toBe(false);
  slow.resolve();

  await expect(waiting).rejects.toThrow('first');
  await expect(allEnded([slow.promise])).resolves.toBeUndefined();
});
