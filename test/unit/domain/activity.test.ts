import * as fc from 'fast-check';
import { type Activity, ActivityBook } from '../../../src/domain/activity';

const MINUTE = 60_000;
const NOON = Date.parse('2077-10-23T12:00:00Z');

const activity = (username: string, lastActivityMs: number, server: string | null = ''): Activity => ({
  username,
  server,
  lastActivityMs,
});

let book: ActivityBook;

beforeEach(() => {
  book = new ActivityBook(MINUTE);
});

/** Tells the hub of what is due, as whoever writes to it does. */
function tell(nowMs: number): Activity | null {
  const due = book.due(nowMs);
  if (due) book.settle(due, nowMs);
  return due;
}

test('a first report is due at once', () => {
  book.hear(activity('rachel', NOON - 5), NOON);

  expect([book.pending, book.dueMs]).toEqual([1, -Infinity]);
  expect(tell(NOON)).toEqual(activity('rachel', NOON - 5));
  expect([book.pending, book.dueMs, book.due(NOON + MINUTE)]).toEqual([0, null, null]);
});

test('of several reports of a user the latest activity counts, whatever their order', () => {
  book.hear(activity('rachel', NOON - 30), NOON);
  book.hear(activity('rachel', NOON - 10), NOON);
  book.hear(activity('rachel', NOON - 20), NOON);

  expect(book.waiting).toEqual([activity('rachel', NOON - 10)]);
});

test('a server that was named stays named', () => {
  book.hear(activity('rachel', NOON - 30, 'large'), NOON);
  book.hear(activity('rachel', NOON - 10, null), NOON);

  expect(book.waiting).toEqual([activity('rachel', NOON - 10, 'large')]);
});

test('a user’s next activity waits until the interval has passed', () => {
  book.hear(activity('rachel', NOON), NOON);
  tell(NOON);
  book.hear(activity('rachel', NOON + 1_000), NOON + 1_000);

  expect(book.dueMs).toBe(NOON + MINUTE);
  expect(tell(NOON + MINUTE - 1)).toBeNull();
  expect(tell(NOON + MINUTE)).toEqual(activity('rachel', NOON + 1_000));
});

test('what the hub has been told already is not told again', () => {
  book.hear(activity('rachel', NOON), NOON);
  tell(NOON);
  book.hear(activity('rachel', NOON), NOON + MINUTE);
  book.hear(activity('rachel', NOON - 1), NOON + MINUTE);

  expect(book.pending).toBe(0);
});

test('what is reported while the hub is being told waits its turn', () => {
  book.hear(activity('rachel', NOON), NOON);
  const due = book.due(NOON);
  book.hear(activity('rachel', NOON + 5), NOON + 5);
  if (due) book.settle(due, NOON + 10);

  expect(book.due(NOON + 10)).toBeNull();
  expect(book.due(NOON + 10 + MINUTE)).toEqual(activity('rachel', NOON + 5));
});

test('a clock that is ahead makes nobody active in the future', () => {
  book.hear(activity('rachel', NOON + 24 * 60 * MINUTE), NOON);

  expect(tell(NOON)).toEqual(activity('rachel', NOON));
});

test('who has not been told of for longest comes first', () => {
  for (const [index, username] of ['rachel', 'beth'].entries()) {
    book.hear(activity(username, NOON), NOON);
    tell(NOON + index);
  }
  book.hear(activity('beth', NOON + 100), NOON + 100);
  book.hear(activity('rachel', NOON + 200), NOON + 200);

  const told = [tell(NOON + 2 * MINUTE), tell(NOON + 2 * MINUTE), tell(NOON + 2 * MINUTE)];

  expect(told.map((due) => due?.username ?? null)).toEqual(['rachel', 'beth', null]);
});

test('beyond its limit it forgets whom it has heard of least recently', () => {
  book = new ActivityBook(MINUTE, 2);
  book.hear(activity('rachel', NOON), NOON);
  book.hear(activity('beth', NOON), NOON);
  book.hear(activity('rachel', NOON + 1), NOON + 1);
  book.hear(activity('carson', NOON + 2), NOON + 2);

  expect(book.waiting.map(({ username }) => username)).toEqual(['rachel', 'carson']);
});

test('the hub is told everyone’s latest activity in the end, and nobody’s more than once an interval', () => {
  const report = fc.record({
    username: fc.constantFrom('rachel', 'beth', 'carson'),
    agoMs: fc.integer({ min: 0, max: 10 * MINUTE }),
    afterMs: fc.integer({ min: 0, max: MINUTE }),
  });
  fc.assert(
    fc.property(fc.array(report, { maxLength: 60 }), (reports) => {
      book = new ActivityBook(MINUTE);
      const latest = new Map<string, number>();
      const told: (Activity & { readonly atMs: number })[] = [];
      const tellAll = (atMs: number) => {
        for (let due = tell(atMs); due; due = tell(atMs)) told.push({ ...due, atMs });
      };
      let nowMs = NOON;
      for (const { username, agoMs, afterMs } of reports) {
        nowMs += afterMs;
        book.hear(activity(username, nowMs - agoMs), nowMs);
        latest.set(username, Math.max(latest.get(username) ?? 0, nowMs - agoMs));
        tellAll(nowMs);
      }
      tellAll(nowMs + MINUTE);

      for (const [username, lastActivityMs] of latest) {
        const own = told.filter((each) => each.username === username);
        expect(own.at(-1)?.lastActivityMs).toBe(lastActivityMs);
        const gaps = own.slice(1).map(({ atMs }, index) => atMs - (own[index]?.atMs ?? 0));
        expect(gaps.every((gapMs) => gapMs >= MINUTE)).toBe(true);
      }
      expect(book.pending).toBe(0);
    }),
  );
});
