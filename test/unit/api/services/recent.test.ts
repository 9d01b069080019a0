import { recent } from '../../../../src/api/services/recent';

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

/** A question answered by its own number, when told to. */
function aQuestion() {
  const pending: PromiseWithResolvers<number>[] = [];
  return {
    pending,
    ask: () => {
      const answer = Promise.withResolvers<number>();
      pending.push(answer);
      return answer.promise;
    },
    answerLast: () => pending.at(-1)?.resolve(pending.length),
  };
}

test('callers during a question and shortly after it share its answer', async () => {
  const { ask, answerLast } = aQuestion();
  const latest = recent(ask, 2_000);
  const both = Promise.all([latest(), latest()]);
  answerLast();

  expect(await both).toEqual([1, 1]);
  jest.advanceTimersByTime(1_999);
  expect(await latest()).toBe(1);
});

test('an answer that has grown old is asked for anew, its age counted from when it came', async () => {
  const { ask, answerLast, pending } = aQuestion();
  const latest = recent(ask, 2_000);
  const first = latest();
  jest.advanceTimersByTime(60_000);
  const joined = latest();
  answerLast();

  expect([await first, await joined, pending.length]).toEqual([1, 1, 1]);
  jest.advanceTimersByTime(2_000);
  const second = latest();
  answerLast();
  expect(await second).toBe(2);
});

test('a failure is shared by the calls that waited and is not cached', async () => {
  const { ask, answerLast, pending } = aQuestion();
  const latest = recent(ask, 2_000);
  const waiting = [latest(), latest()];
  pending[0]?.reject(new Error('away'));

  expect((await Promise.allSettled(waiting)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  const retried = latest();
  answerLast();
  expect(await retried).toBe(2);
});

test('an answer that is not to be kept is shared by those who waited, and asked for anew', async () => {
  const { ask, answerLast, pending } = aQuestion();
  const latest = recent(ask, 2_000, (answer) => answer > 1);
  const both = Promise.all([latest(), latest()]);
  answerLast();
  expect([await both, pending.length]).toEqual([[1, 1], 1]);

  const next = latest();
  answerLast();
  expect([await next, await latest(), pending.length]).toEqual([2, 2, 2]);
});
