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
  const running = [slow.promise, ...['first', 'second'].map((text) => Promise.reject(new Error(text)))];
  const waiting = allEnded(running, () => false).finally(() => {
    isOver = true;
  });
  await setImmediate();
  expect(isOver).toBe(false);
  slow.resolve();

  await expect(waiting).rejects.toThrow('first');
  await expect(allEnded([slow.promise], () => false)).resolves.toBeUndefined();
});

test('a final failure is thrown before others', async () => {
  const running = ['for now', 'for good'].map((text) => Promise.reject(new Error(text)));
  const isFinal = (error: unknown) => error instanceof Error && error.message === 'for good';

  await expect(allEnded(running, isFinal)).rejects.toThrow('for good');
});
