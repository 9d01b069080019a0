import { LabSignals } from '../../../src/activities/lab-signals';
import { aPod, aPodEvent } from '../../support/builders';

const COLLECT_MS = 150;

/** What labs were told, one line per signal, as `rachel Pulling,Pulled Running`. */
let told: string[];
let failures: string[];
/** Delays or fails deliveries. */
let transport: (username: string) => Promise<void>;
let signals: LabSignals;

function start(concurrency?: number): LabSignals {
  return new LabSignals({
    async send(username, { changes, events }) {
      await transport(username);
      const states = changes.map(({ pod }) => (pod ? pod.phase : 'gone'));
      const parts = [events.map(({ message }) => message).join(), states.join()];
      told.push([username, ...parts.filter(Boolean)].join(' '));
    },
    onFailure: (user) => failures.push(user),
    collectMs: COLLECT_MS,
    concurrency,
  });
}

/** Lets everything happen that needs no more time. */
const settle = () => jest.advanceTimersByTimeAsync(0);

const running = { pod: aPod().running() };
const succeeded = { pod: aPod().succeeded() };
const gone = { pod: null, uid: aPod().uid };
const urgent = { isUrgent: true };

beforeEach(() => {
  jest.useFakeTimers();
  told = [];
  failures = [];
  transport = async () => undefined;
  signals = start();
});

afterEach(() => jest.useRealTimers());

test('an urgent change is told at once', async () => {
  signals.podChanged('rachel', running, urgent);
  await settle();

  expect(told).toEqual(['rachel Running']);
});

test('changes are told in order, and together while an earlier signal is under way', async () => {
  for (const change of [running, succeeded, gone]) signals.podChanged('rachel', change, urgent);
  await settle();

  expect(told).toEqual(['rachel Running', 'rachel Succeeded,gone']);
});

test('events wait a moment for what comes next', async () => {
  signals.podEvent('rachel', aPodEvent('one'));
  signals.podEvent('rachel', aPodEvent('two'));
  await jest.advanceTimersByTimeAsync(COLLECT_MS - 1);
  expect(told).toEqual([]);
  await jest.advanceTimersByTimeAsync(1);

  expect(told).toEqual(['rachel one,two']);
});

test('events that keep coming are told as often as they may wait', async () => {
  for (const message of ['one', 'two', 'three', 'four']) {
    signals.podEvent('rachel', aPodEvent(message));
    await jest.advanceTimersByTimeAsync(COLLECT_MS * 0.6);
  }
  await jest.advanceTimersByTimeAsync(COLLECT_MS);

  expect(told).toEqual(['rachel one,two', 'rachel three,four']);
});

test('an urgent change takes everything along that waits', async () => {
  signals.podEvent('rachel', aPodEvent('one'));
  signals.podChanged('rachel', running, urgent);
  await jest.advanceTimersByTimeAsync(COLLECT_MS);

  expect(told).toEqual(['rachel one Running']);
});

test('a change that is not urgent waits for the next one', async () => {
  signals.podChanged('rachel', succeeded, { isUrgent: false });
  await settle();
  expect(told).toEqual([]);
  signals.podChanged('rachel', gone, urgent);
  await settle();

  expect(told).toEqual(['rachel Succeeded,gone']);
});

test('a lab is told one thing at a time', async () => {
  const first = Promise.withResolvers<void>();
  transport = () => first.promise;
  signals.podChanged('rachel', running, urgent);
  await settle();
  signals.podChanged('rachel', gone, urgent);
  signals.podEvent('rachel', aPodEvent('late'));
  await settle();
  expect(told).toEqual([]);
  first.resolve();
  await settle();

  expect(told).toEqual(['rachel Running', 'rachel late gone']);
});

test('a slow lab does not hold up others', async () => {
  transport = (username) => (username === 'slow' ? new Promise(() => undefined) : Promise.resolve());
  signals.podChanged('slow', running, urgent);
  signals.podChanged('slow', gone, urgent);
  signals.podChanged('rachel', running, urgent);
  await settle();

  expect(told).toEqual(['rachel Running']);
});

test('no more signals are under way than allowed, and the others follow', async () => {
  const arrivals: (() => void)[] = [];
  transport = () => new Promise((resolve) => void arrivals.push(resolve));
  signals = start(2);
  for (const user of ['a', 'b', 'c', 'd', 'e']) signals.podChanged(user, running, urgent);
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

test('what could not be told is told again, before what came meanwhile', async () => {
  transport = async () => {
    transport = async () => undefined;
    throw new Error('unavailable');
  };
  signals.podEvent('rachel', aPodEvent('one'));
  signals.podChanged('rachel', running, urgent);
  signals.podChanged('ross', running, urgent);
  await settle();
  expect(failures).toEqual(['rachel']);
  expect(told).toEqual(['ross Running']);
  expect(signals.isIdle).toBe(false);
  signals.podChanged('rachel', gone, urgent);
  await settle();

  expect(told).toEqual(['ross Running', 'rachel one Running,gone']);
  expect(signals.isIdle).toBe(true);
});

test('a lab that can never be told is given up, and holds up nothing', async () => {
  transport = () => Promise.reject(new Error('refused'));
  signals.podChanged('rachel', running, urgent);
  await jest.advanceTimersByTimeAsync(60_000);

  expect(failures).toHaveLength(5);
  expect(signals.isIdle).toBe(true);
});

test('everything has been told once nothing is under way or waits', async () => {
  expect(signals.isIdle).toBe(true);
  signals.podEvent('rachel', aPodEvent('one'));
  expect(signals.isIdle).toBe(false);
  await jest.advanceTimersByTimeAsync(COLLECT_MS);

  expect(told).toEqual(['rachel one']);
  expect(signals.isIdle).toBe(true);
});

test('nothing is told after the end', async () => {
  signals.podEvent('rachel', aPodEvent('one'));
  signals.close();
  await jest.advanceTimersByTimeAsync(COLLECT_MS);

  expect(told).toEqual([]);
  expect(signals.isIdle).toBe(true);
});
