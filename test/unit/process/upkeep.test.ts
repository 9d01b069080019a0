import type { Client } from '@temporalio/client';
import { pino } from 'pino';
import { type Ensured, keepUp, type Upkeep } from '../../../src/process/upkeep';

/** A client whose calls go through: deadlines and signals are none of these tests' business. */
const client = {
  connection: {
    withDeadline: <Answer>(_: number, calls: () => Promise<Answer>) => calls(),
    withAbortSignal: <Answer>(_: AbortSignal, calls: () => Promise<Answer>) => calls(),
  },
} as unknown as Client;

/** The checks made so far, by name, in order. */
let checks: string[];
/** What is missing, and made by the next check of it. */
let missing: Set<string>;
let logged: { level: number; what: string; msg: string }[];
let closing: AbortController;
let upkeep: Upkeep;

beforeEach(() => {
  jest.useFakeTimers();
  jest.spyOn(Math, 'random').mockReturnValue(0.5);
  checks = [];
  missing = new Set();
  logged = [];
  closing = new AbortController();
});

afterEach(async () => {
  closing.abort();
  await jest.advanceTimersByTimeAsync(0);
  await upkeep.ended;
  jest.restoreAllMocks();
  jest.useRealTimers();
});

function ensured(name: string, checkMs: number): Ensured {
  return {
    name,
    checkMs,
    async ensure() {
      checks.push(name);
      return missing.delete(name);
    },
  };
}

async function start(...all: Ensured[]): Promise<void> {
  const logger = pino({ level: 'info' }, { write: (line: string) => void logged.push(JSON.parse(line)) });
  upkeep = keepUp(all, { client, logger, signal: closing.signal });
  await jest.advanceTimersByTimeAsync(0);
}

/** The checks that are made while time goes by. */
async function checksDuring(ms: number): Promise<string[]> {
  checks = [];
  await jest.advanceTimersByTimeAsync(ms);
  return checks;
}

test('everything is checked at once, and then each by its own interval', async () => {
  await start(ensured('watch', 5_000), ensured('schedule', 10_000));
  expect(checks).toEqual(['watch', 'schedule']);

  expect(await checksDuring(4_999)).toEqual([]);
  expect(await checksDuring(1)).toEqual(['watch']);
  expect((await checksDuring(5_000)).toSorted()).toEqual(['schedule', 'watch']);
});

test('processes that start together do not check together', async () => {
  jest.spyOn(Math, 'random').mockReturnValue(0);
  await start(ensured('watch', 8_000));

  expect(await checksDuring(5_999)).toEqual([]);
  expect(await checksDuring(1)).toEqual(['watch']);
});

test('what is missing at the start is made without a word; where it is lost later, that is logged', async () => {
  missing.add('watch');
  await start(ensured('watch', 5_000));
  await checksDuring(5_000);
  expect(logged).toEqual([]);
  missing.add('watch');
  await checksDuring(5_000);

  expect(logged).toEqual([expect.objectContaining({ level: 40, what: 'watch' })]);
});

test('where one thing was lost, everything else is checked at once', async () => {
  await start(ensured('record', 2_000), ensured('schedule', 10_000));
  missing.add('record').add('schedule');

  expect(new Set(await checksDuring(2_000))).toEqual(new Set(['record', 'schedule']));
  expect(missing).toEqual(new Set());
  expect(await checksDuring(1_999)).toEqual([]);
});

test('what cannot be made for now keeps nothing else busy', async () => {
  const record = { ...ensured('record', 2_000), ensure: async () => checks.push('record') > 0 };
  await start(record, ensured('schedule', 10_000));

  expect(await checksDuring(8_000)).toEqual(['record', 'record', 'record', 'record']);
});

test('a check that fails is tried again soon, is logged once, and hinders no other', async () => {
  let isAway = true;
  const schedule = ensured('schedule', 10_000);
  const ensure = async () => {
    if (isAway) throw new Error('unavailable');
    return schedule.ensure();
  };
  await start({ ...schedule, ensure }, ensured('watch', 5_000));
  expect(await checksDuring(5_000)).toEqual(['watch']);
  expect(logged).toEqual([expect.objectContaining({ level: 40, what: 'schedule' })]);
  isAway = false;

  expect(await checksDuring(2_000)).toEqual(['schedule']);
  expect(await checksDuring(2_999)).toEqual([]);
});

test('a check that throws before it has made a promise is a failed one', async () => {
  const ensure = () => {
    throw new TypeError('no promise');
  };
  await start({ name: 'odd', checkMs: 1_000, ensure }, ensured('watch', 5_000));

  expect(await checksDuring(5_000)).toEqual(['watch']);
});

test('everything can be checked now, also while a check is under way', async () => {
  const first = Promise.withResolvers<boolean>();
  const ensure = () => {
    checks.push('slow');
    return first.promise;
  };
  await start({ name: 'slow', checkMs: 10_000, ensure }, ensured('watch', 10_000));
  checks = [];
  upkeep.checkNow();
  await jest.advanceTimersByTimeAsync(0);
  expect(checks).toEqual(['watch']);
  first.resolve(false);
  await jest.advanceTimersByTimeAsync(0);

  expect(checks).toEqual(['watch', 'slow']);
});

test('nothing is checked after the end', async () => {
  await start(ensured('watch', 1_000));
  closing.abort();

  expect(await checksDuring(10_000)).toEqual([]);
  await expect(upkeep.ended).resolves.toBeUndefined();
});
