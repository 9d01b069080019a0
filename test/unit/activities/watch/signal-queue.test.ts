import { SignalQueue } from '../../../../src/activities/watch/signal-queue';

const COLLECT_MS = 150;

/** The signals sent, as `rachel Pulling,Pulled,Running`. */
let sent: string[];
/** Items that were delivered or given up. */
let settled: string[];
let failures: string[];
/** Delays or fails deliveries. */
let transport: (username: string) => Promise<void>;
let queue: SignalQueue<string>;

function start(concurrency?: number): SignalQueue<string> {
  return new SignalQueue({
    async send(username, items) {
      await transport(username);
      sent.push(`${username} ${items.join()}`);
    },
    onFailure: (user) => failures.push(user),
    collectMs: COLLECT_MS,
    concurrency,
  });
}

const enqueue = (username: string, item: string, isUrgent: boolean) =>
  queue.enqueue(username, item, { isUrgent, onSettled: () => settled.push(`${username} ${item}`) });

const change = (username: string, item: string) => enqueue(username, item, true);
const event = (username: string, item: string) => enqueue(username, item, false);

/** Lets everything happen that needs no more time. */
const settle = () => jest.advanceTimersByTimeAsync(0);

beforeEach(() => {
  jest.useFakeTimers();
  sent = [];
  settled = [];
  failures = [];
  transport = async () => undefined;
  queue = start();
});

afterEach(() => jest.useRealTimers());

test('an urgent change is sent at once', async () => {
  change('rachel', 'Running');
  await settle();

  expect(sent).toEqual(['rachel Running']);
});

test('changes are sent in order, and together while an earlier signal is under way', async () => {
  for (const item of ['Running', 'Succeeded', 'gone']) change('rachel', item);
  await settle();

  expect(sent).toEqual(['rachel Running', 'rachel Succeeded,gone']);
});

test('events wait a moment for what comes next', async () => {
  event('rachel', 'one');
  event('rachel', 'two');
  await jest.advanceTimersByTimeAsync(COLLECT_MS - 1);
  expect(sent).toEqual([]);
  await jest.advanceTimersByTimeAsync(1);

  expect(sent).toEqual(['rachel one,two']);
});

test('continuous events are sent at the interval of collection', async () => {
  for (const message of ['one', 'two', 'three', 'four']) {
    event('rachel', message);
    await jest.advanceTimersByTimeAsync(COLLECT_MS * 0.6);
  }
  await jest.advanceTimersByTimeAsync(COLLECT_MS);

  expect(sent).toEqual(['rachel one,two', 'rachel three,four']);
});

test('an urgent change takes everything along that waits', async () => {
  event('rachel', 'one');
  change('rachel', 'Running');
  await jest.advanceTimersByTimeAsync(COLLECT_MS);

  expect(sent).toEqual(['rachel one,Running']);
});

test('a change that is not urgent waits for the next one', async () => {
  event('rachel', 'Succeeded');
  await settle();
  expect(sent).toEqual([]);
  change('rachel', 'gone');
  await settle();

  expect(sent).toEqual(['rachel Succeeded,gone']);
});

test('a lab gets one signal at a time', async () => {
  const first = Promise.withResolvers<void>();
  transport = () => first.promise;
  change('rachel', 'Running');
  await settle();
  change('rachel', 'gone');
  event('rachel', 'late');
  await settle();
  expect(sent).toEqual([]);
  first.resolve();
  await settle();

  expect(sent).toEqual(['rachel Running', 'rachel gone,late']);
});

test('a slow lab does not hold up others', async () => {
  transport = (username) => (username === 'slow' ? new Promise(() => undefined) : Promise.resolve());
  change('slow', 'Running');
  change('slow', 'gone');
  change('rachel', 'Running');
  await settle();

  expect(sent).toEqual(['rachel Running']);
});

test('no more signals are under way than allowed, and the others follow', async () => {
  const arrivals: (() => void)[] = [];
  transport = () => new Promise((resolve) => void arrivals.push(resolve));
  queue = start(2);
  for (const user of ['a', 'b', 'c', 'd', 'e']) change(user, 'Running');
  await settle();
  expect(arrivals).toHaveLength(2);
  arrivals.shift()?.();
  await settle();
  expect(arrivals).toHaveLength(2);
  while (arrivals.length > 0) {
    arrivals.shift()?.();
    await settle();
  }

  expect(sent).toEqual(['a', 'b', 'c', 'd', 'e'].map((user) => `${user} Running`));
});

test('undelivered items are sent again, before later ones', async () => {
  transport = async () => {
    transport = async () => undefined;
    throw new Error('unavailable');
  };
  event('rachel', 'one');
  change('rachel', 'Running');
  change('ross', 'Running');
  await settle();
  expect(failures).toEqual(['rachel']);
  expect(sent).toEqual(['ross Running']);
  expect(settled).toEqual(['ross Running']);
  change('rachel', 'gone');
  await settle();

  expect(sent).toEqual(['ross Running', 'rachel one,Running,gone']);
  expect(settled).toEqual(['ross Running', 'rachel one', 'rachel Running', 'rachel gone']);
});

test('what cannot be delivered is given up after five attempts, and is then settled', async () => {
  transport = () => Promise.reject(new Error('refused'));
  change('rachel', 'Running');
  await jest.advanceTimersByTimeAsync(60_000);

  expect(failures).toHaveLength(5);
  expect(settled).toEqual(['rachel Running']);
});

test('what joins an item that fails has five attempts of its own', async () => {
  transport = async () => {
    if (failures.length < 5) throw new Error('unavailable');
  };
  change('rachel', 'Running');
  await jest.advanceTimersByTimeAsync(7_000);
  expect(failures).toHaveLength(4);
  change('rachel', 'gone');
  await jest.advanceTimersByTimeAsync(60_000);

  expect(sent).toEqual(['rachel gone']);
  expect(settled).toEqual(['rachel Running', 'rachel gone']);
});

test('nothing is sent after the end, nor settled', async () => {
  event('rachel', 'one');
  queue.close();
  await jest.advanceTimersByTimeAsync(COLLECT_MS);

  expect(sent).toEqual([]);
  expect(settled).toEqual([]);
});

test('what waits for a workflow is sent at once when it is flushed', async () => {
  event('rachel', 'one');
  queue.flush('rachel');
  await settle();

  expect(sent).toEqual(['rachel one']);
});
