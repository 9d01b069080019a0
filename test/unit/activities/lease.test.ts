import { AttemptLease, type AttemptLimits, HoldUps, StaleAttempt } from '../../../src/activities/lease';

/** The time limits of a lab's step. */
const LIMITS = { startToCloseTimeoutMs: 35_000, heartbeatTimeoutMs: 3_000 };

let nowMs: number;
let holdUps: HoldUps;

beforeEach(() => {
  jest.useFakeTimers();
  nowMs = 1_000_000;
  holdUps = new HoldUps(() => nowMs);
});

afterEach(() => {
  holdUps.close();
  jest.useRealTimers();
});

const aLease = (limits: AttemptLimits = LIMITS) => new AttemptLease(limits, holdUps, () => nowMs);

/** Time goes by, and timers fire as they should. */
function pass(durationMs: number): void {
  for (let leftMs = durationMs; leftMs > 0; leftMs -= 500) {
    nowMs += Math.min(500, leftMs);
    jest.advanceTimersByTime(500);
  }
}

/** Time goes by without a turn of the event loop. */
function stop(durationMs: number): void {
  nowMs += durationMs;
}

function isHeld(lease: AttemptLease): boolean {
  lease.check();
  return !lease.signal.aborted;
}

test('a lease holds until the time of its attempt is up, whatever timers do', () => {
  const lease = aLease();
  pass(34_500);
  expect(isHeld(lease)).toBe(true);
  pass(500);

  expect(isHeld(lease)).toBe(false);
  expect(lease.signal.reason).toBeInstanceOf(StaleAttempt);
});

test('a stopped process has lost its lease as soon as it goes on, before any timer has fired', () => {
  const lease = aLease();
  stop(6_000);

  expect(isHeld(lease)).toBe(false);
});

test('the same where its timers are the first to go on', () => {
  const lease = aLease();
  stop(6_000);
  jest.advanceTimersByTime(500);
  pass(10_000);

  expect(isHeld(lease)).toBe(false);
});

test('a hold-up that heartbeats outlast loses no lease', () => {
  const lease = aLease();
  stop(1_500);
  pass(500);
  stop(1_500);

  expect(isHeld(lease)).toBe(true);
});

test('an attempt that begins right after a hold-up may have been given to the process before it', () => {
  stop(6_000);
  jest.advanceTimersByTime(500);
  const lease = aLease();

  expect(isHeld(lease)).toBe(false);
});

test('an attempt that begins later has nothing to do with an earlier hold-up', () => {
  stop(6_000);
  pass(1_500);
  const lease = aLease();

  expect(isHeld(lease)).toBe(true);
});

test('an attempt without heartbeats may be held up for as long as it has time', () => {
  const lease = aLease({ startToCloseTimeoutMs: 35_000 });
  stop(30_000);
  expect(isHeld(lease)).toBe(true);
  stop(5_000);

  expect(isHeld(lease)).toBe(false);
});

test('an attempt within a workflow task may be held up for less, since another worker soon repeats the task', () => {
  const limits = { startToCloseTimeoutMs: 2_500, isLocal: true };
  const [short, long] = [aLease(limits), aLease(limits)];
  stop(1_200);
  expect(isHeld(short)).toBe(true);
  pass(500);
  stop(1_000);
  expect(isHeld(short)).toBe(false);

  const late = aLease(limits);
  stop(1_600);
  expect([isHeld(long), isHeld(late)]).toEqual([false, false]);
});

test('a lost lease stays lost', () => {
  const lease = aLease();
  stop(6_000);
  lease.check();
  pass(5_000);

  expect(isHeld(lease)).toBe(false);
});

test.each([
  ['an hour back', -3_600_000],
  ['an hour ahead', 3_600_000],
])('a system clock that jumps %s neither breaks nor extends a lease', (_, jumpMs) => {
  const lease = new AttemptLease(LIMITS, holdUps, () => nowMs);
  jest.setSystemTime(Date.now() + jumpMs);
  pass(1_000);
  expect(isHeld(lease)).toBe(true);
  stop(6_000);
  jest.setSystemTime(Date.now() - jumpMs);

  expect(isHeld(lease)).toBe(false);
});

test('a listener is called for each hold-up until it is removed', () => {
  const told = jest.fn();
  const unsubscribe = holdUps.onHoldUp(told);
  stop(6_000);
  jest.advanceTimersByTime(500);
  expect(told).toHaveBeenCalledTimes(1);
  unsubscribe();
  stop(6_000);
  jest.advanceTimersByTime(500);

  expect(told).toHaveBeenCalledTimes(1);
});
