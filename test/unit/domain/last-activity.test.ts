import * as fc from 'fast-check';
import { type LastActivity, LastActivityTracker } from '../../../src/domain/last-activity';

const MINUTE = 60_000;
const NOON = Date.parse('2077-10-23T12:00:00Z');

const activity = (username: string, lastActivityMs: number, server: string | null = ''): LastActivity => ({
  username,
  server,
  lastActivityMs,
});

let tracker: LastActivityTracker;

beforeEach(() => {
  tracker = new LastActivityTracker(MINUTE);
});

/** Reports what is due to the hub. */
function report(nowMs: number): LastActivity | null {
  const due = tracker.due(nowMs);
  if (due) tracker.markReported(due, nowMs);
  return due;
}

test('a first report is due at once', () => {
  tracker.record(activity('rachel', NOON - 5), NOON);

  expect([tracker.pendingCount, tracker.dueMs]).toEqual([1, -Infinity]);
  expect(report(NOON)).toEqual(activity('rachel', NOON - 5));
  expect([tracker.pendingCount, tracker.dueMs, tracker.due(NOON + MINUTE)]).toEqual([0, null, null]);
});

test('of several reports of a user the latest activity counts, whatever their order', () => {
  tracker.record(activity('rachel', NOON - 30), NOON);
  tracker.record(activity('rachel', NOON - 10), NOON);
  tracker.record(activity('rachel', NOON - 20), NOON);

  expect(tracker.pending).toEqual([activity('rachel', NOON - 10)]);
});

test('a server that was named stays named', () => {
  tracker.record(activity('rachel', NOON - 30, 'large'), NOON);
  tracker.record(activity('rachel', NOON - 10, null), NOON);

  expect(tracker.pending).toEqual([activity('rachel', NOON - 10, 'large')]);
});

test('a user’s next activity waits until the interval has passed', () => {
  tracker.record(activity('rachel', NOON), NOON);
  report(NOON);
  tracker.record(activity('rachel', NOON + 1_000), NOON + 1_000);

  expect(tracker.dueMs).toBe(NOON + MINUTE);
  expect(report(NOON + MINUTE - 1)).toBeNull();
  expect(report(NOON + MINUTE)).toEqual(activity('rachel', NOON + 1_000));
});

test('activity that the hub has already is not reported again', () => {
  tracker.record(activity('rachel', NOON), NOON);
  report(NOON);
  tracker.record(activity('rachel', NOON), NOON + MINUTE);
  tracker.record(activity('rachel', NOON - 1), NOON + MINUTE);

  expect(tracker.pendingCount).toBe(0);
});

test('a report that comes while the hub is being updated stays pending until the interval has passed', () => {
  tracker.record(activity('rachel', NOON), NOON);
  const due = tracker.due(NOON);
  tracker.record(activity('rachel', NOON + 5), NOON + 5);
  if (due) tracker.markReported(due, NOON + 10);

  expect(tracker.due(NOON + 10)).toBeNull();
  expect(tracker.due(NOON + 10 + MINUTE)).toEqual(activity('rachel', NOON + 5));
});

test('the report of a clock that is ahead counts as activity of now', () => {
  tracker.record(activity('rachel', NOON + 24 * 60 * MINUTE), NOON);

  expect(report(NOON)).toEqual(activity('rachel', NOON));
});

test('the user whose last update is longest ago comes first', () => {
  for (const [index, username] of ['rachel', 'beth'].entries()) {
    tracker.record(activity(username, NOON), NOON);
    report(NOON + index);
  }
  tracker.record(activity('beth', NOON + 100), NOON + 100);
  tracker.record(activity('rachel', NOON + 200), NOON + 200);

  const reported = [report(NOON + 2 * MINUTE), report(NOON + 2 * MINUTE), report(NOON + 2 * MINUTE)];

  expect(reported.map((due) => due?.username ?? null)).toEqual(['rachel', 'beth', null]);
});

test('beyond the limit of users the least recently active one is dropped', () => {
  tracker = new LastActivityTracker(MINUTE, 2);
  tracker.record(activity('rachel', NOON), NOON);
  tracker.record(activity('beth', NOON), NOON);
  tracker.record(activity('rachel', NOON + 1), NOON + 1);
  tracker.record(activity('carson', NOON + 2), NOON + 2);

  expect(tracker.pending.map(({ username }) => username)).toEqual(['rachel', 'carson']);
});

test('each user’s latest activity is reported in the end, and at most once an interval', () => {
  const heard = fc.record({
    username: fc.constantFrom('rachel', 'beth', 'carson'),
    agoMs: fc.integer({ min: 0, max: 10 * MINUTE }),
    afterMs: fc.integer({ min: 0, max: MINUTE }),
  });
  fc.assert(
    fc.property(fc.array(heard, { maxLength: 60 }), (reports) => {
      tracker = new LastActivityTracker(MINUTE);
      const latest = new Map<string, number>();
      const reported: (LastActivity & { readonly atMs: number })[] = [];
      const reportAll = (atMs: number) => {
        for (let due = report(atMs); due; due = report(atMs)) reported.push({ ...due, atMs });
      };
      let nowMs = NOON;
      for (const { username, agoMs, afterMs } of reports) {
        nowMs += afterMs;
        tracker.record(activity(username, nowMs - agoMs), nowMs);
        latest.set(username, Math.max(latest.get(username) ?? 0, nowMs - agoMs));
        reportAll(nowMs);
      }
      reportAll(nowMs + MINUTE);

      for (const [username, lastActivityMs] of latest) {
        const own = reported.filter((each) => each.username === username);
        expect(own.at(-1)?.lastActivityMs).toBe(lastActivityMs);
        const gaps = own.slice(1).map(({ atMs }, index) => atMs - (own[index]?.atMs ?? 0));
        expect(gaps.every((gapMs) => gapMs >= MINUTE)).toBe(true);
      }
      expect(tracker.pendingCount).toBe(0);
    }),
  );
});
