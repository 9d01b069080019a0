import { type LabSender, LabSignals } from '../../../src/activities/lab-signals';
import { aPod, aPodEvent } from '../../support/builders';

const BATCH_MS = 500;

/** What labs were told, as `rachel Pulling,Pulled` or `rachel Running`. */
let told: string[];
let failures: string[];
/** Delays or fails deliveries. */
let transport: (username: string) => Promise<void>;
let signals: LabSignals;

const sender: LabSender = {
  async podChanged(username, change) {
    await transport(username);
    told.push(`${username} ${change.pod ? change.pod.phase : 'gone'}`);
  },
  async podEvents(username, events) {
    await transport(username);
    told.push(`${username} ${events.map(({ message }) => message).join()}`);
  },
};

function start(concurrency?: number): LabSignals {
  return new LabSignals({ sender, onFailure: (user) => failures.push(user), batchMs: BATCH_MS, concurrency });
}

/** Lets everything happen that needs no more time. */
const settle = () => jest.advanceTimersByTimeAsync(0);

const running = { pod: aPod().running() };
const succeeded = { pod: aPod().succeeded() };
const gone = { pod: null, uid: aPod().uid };

beforeEach(() => {
  jest.useFakeTimers();
  told = [];
  failures = [];
  transport = async () => undefined;
  signals = start();
});

afterEach(() => jest.useRealTimers());

test('changes are told at once and in order', async () => {
  signals.podChanged('rachel', running);
  signals.podChanged('rachel', succeeded);
  signals.podChanged('rachel', gone);
  await settle();

  expect(told).toEqual(['rachel Running', 'rachel Succeeded', 'rachel gone']);
});

test('the first event is told at once, what follows within the batch time together', async () => {
  signals.podEvent('rachel', aPodEvent('one'));
  await settle();
  signals.podEvent('rachel', aPodEvent('two'));
  signals.podEvent('rachel', aPodEvent('three'));
  await jest.advanceTimersByTimeAsync(BATCH_MS - 1);
  expect(told).toEqual(['rachel one']);
  await jest.advanceTimersByTimeAsync(1);

  expect(told).toEqual(['rachel one', 'rachel two,three']);
});

test('events that keep coming are told at least once per batch time', async () => {
  for (const message of ['one', 'two', 'three']) {
    signals.podEvent('rachel', aPodEvent(message));
    await jest.advanceTimersByTimeAsync(BATCH_MS * 0.6);
  }

  expect(told).toEqual(['rachel one', 'rachel two', 'rachel three'].slice(0, told.length));
  expect(told.length).toBeGreaterThanOrEqual(2);
});

test('a change does not wait for the batch, and takes the events before it along', async () => {
  signals.podEvent('rachel', aPodEvent('one'));
  await settle();
  signals.podEvent('rachel', aPodEvent('two'));
  signals.podChanged('rachel', running);
  await settle();

  expect(told).toEqual(['rachel one', 'rachel two', 'rachel Running']);
});

test('a lab is told one thing at a time', async () => {
  const first = Promise.withResolvers<void>();
  transport = () => first.promise;
  signals.podChanged('rachel', running);
  await settle();
  signals.podChanged('rachel', gone);
  signals.podEvent('rachel', aPodEvent('late'));
  await settle();
  expect(told).toEqual([]);
  first.resolve();
  await settle();

  expect(told).toEqual(['rachel Running', 'rachel late', 'rachel gone']);
});

test('a slow lab does not hold up others', async () => {
  transport = (username) => (username === 'slow' ? new Promise(() => undefined) : Promise.resolve());
  signals.podChanged('slow', running);
  signals.podChanged('rachel', running);
  await settle();

  expect(told).toEqual(['rachel Running']);
});

test('no more signals are under way than allowed, and the others follow', async () => {
  const arrivals: (() => void)[] = [];
  transport = () => new Promise((resolve) => void arrivals.push(resolve));
  signals = start(2);
  for (const user of ['a', 'b', 'c', 'd', 'e']) signals.podChanged(user, running);
  await settle();
  expect(arrivals).toHaveLength(2);
  arrivals.shift()?.();
  await settle();
  expect(arrivals).toHaveLength(2);
  while (arrivals.length > 0) {
    arrivals.shift()?.();
    await settle();
  }

  expect(told).toEqual(['a', 'b', 'c', 'd', 'e'].map((user) => `${user} Running`));
});

test('a lab that cannot be told is reported, and is told the next thing', async () => {
  transport = async () => {
    transport = async () => undefined;
    throw new Error('unavailable');
  };
  signals.podChanged('rachel', running);
  signals.podChanged('rachel', gone);
  signals.podChanged('ross', running);
  await settle();

  expect(failures).toEqual(['rachel']);
  expect(told.toSorted()).toEqual(['rachel gone', 'ross Running']);
});

test('events that cannot be told do not take the change behind them along', async () => {
  transport = async () => {
    transport = async () => undefined;
    throw new Error('unavailable');
  };
  signals.podEvent('rachel', aPodEvent('one'));
  signals.podChanged('rachel', running);
  await settle();

  expect(told).toEqual(['rachel Running']);
});

test('everything has been told once nothing is under way or collected any more', async () => {
  expect(signals.isIdle).toBe(true);
  signals.podEvent('rachel', aPodEvent('one'));
  await settle();
  signals.podEvent('rachel', aPodEvent('two'));
  expect(signals.isIdle).toBe(false);
  await jest.advanceTimersByTimeAsync(2 * BATCH_MS);

  expect(told).toEqual(['rachel one', 'rachel two']);
  expect(signals.isIdle).toBe(true);
});
