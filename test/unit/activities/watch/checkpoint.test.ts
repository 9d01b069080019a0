import * as fc from 'fast-check';
import {
  checkpointDetails,
  isUpTo,
  readCheckpoint,
  Watermark,
} from '../../../../src/activities/watch/checkpoint';
import { SignalQueue } from '../../../../src/activities/watch/signal-queue';

/** Handles a change that gives rise to nothing. */
const nothing = () => undefined;

test('a checkpoint follows changes that give rise to nothing', () => {
  const mark = new Watermark('10');
  expect(mark.version).toBe('10');
  mark.advance('11', nothing);

  expect(mark.version).toBe('11');
});

test('a checkpoint stays before the oldest change whose signal is under way, and goes on after that', () => {
  const mark = new Watermark(undefined);
  const releases: (() => void)[] = [];
  const signalled = (version: string) => mark.advance(version, (hold) => void releases.push(hold()));
  mark.advance('1', nothing);
  signalled('2');
  mark.advance('3', nothing);
  signalled('4');
  mark.advance('5', nothing);
  expect(mark.version).toBe('1');
  releases[1]?.();
  expect(mark.version).toBe('1');
  releases[0]?.();

  expect(mark.version).toBe('5');
});

test('a change with several signals is handled after the last one, however often one is released', () => {
  const mark = new Watermark(undefined);
  const releases: (() => void)[] = [];
  mark.advance('1', (hold) => void releases.push(hold(), hold()));
  releases[0]?.();
  releases[0]?.();
  expect(mark.version).toBeUndefined();
  releases[1]?.();

  expect(mark.version).toBe('1');
});

test('a change whose handling throws holds nothing', () => {
  const mark = new Watermark('1');
  const fail = () => {
    throw new Error('malformed');
  };
  expect(() => mark.advance('2', fail)).toThrow('malformed');

  expect(mark.version).toBe('2');
});

test.each([
  ['9', '10', true],
  ['10', '10', true],
  ['11', '10', false],
  ['123456789012345678901', '123456789012345678902', true],
  ['opaque', '10', false],
  ['9', 'opaque', false],
])('that version %s is not newer than %s is known: %j', (version, limit, isKnown) => {
  expect(isUpTo(version, limit)).toBe(isKnown);
});

test.each<[string, unknown, object]>([
  ['none', undefined, { versions: {}, takenAt: null }],
  ['an earlier version', { pods: '1', events: '2' }, { versions: { pods: '1', events: '2' }, takenAt: null }],
  ['a hand', { pods: 7, events: null, takenAt: [] }, { versions: {}, takenAt: null }],
  ['no object', 'nonsense', { versions: {}, takenAt: null }],
  [
    'a later version',
    { pods: '1', jobs: '3', takenAt: '2077-10-23T09:47:00Z', of: { some: 'kind' } },
    { versions: { pods: '1', jobs: '3' }, takenAt: '2077-10-23T09:47:00Z' },
  ],
])('heartbeat details of %s are read', (_, details, checkpoint) => {
  expect(readCheckpoint(details)).toEqual(checkpoint);
});

test('heartbeat details are those that earlier versions read', () => {
  const checkpoint = { versions: { pods: '1', events: '2' }, takenAt: '2077-10-23T09:47:00Z' };

  expect(checkpointDetails(checkpoint)).toEqual({ pods: '1', events: '2', takenAt: '2077-10-23T09:47:00Z' });
  expect(readCheckpoint(checkpointDetails(checkpoint))).toEqual(checkpoint);
});

describe('under constant load', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  /** A change: whose it is, and whether it gives rise to a signal, and to an urgent one; then time goes by. */
  const change = fc.record({
    lab: fc.constantFrom('rachel', 'ross', 'monica'),
    kind: fc.constantFrom('quiet', 'ordinary', 'urgent'),
    pauseMs: fc.constantFrom(0, 20, 100, 400, 3_000),
  });
  /** What becomes of one signal. */
  const delivery = fc.record({ isLost: fc.boolean(), takesMs: fc.constantFrom(0, 10, 500) });

  /** A watch as far as it matters here: changes, versioned from 1, go through a queue to labs. */
  function aWatch(deliveries: readonly { isLost: boolean; takesMs: number }[], resumed = 0) {
    const watermark = new Watermark(String(resumed));
    const delivered = new Set<number>();
    const attempts = new Map<number, number>();
    let signals = 0;
    const queue = new SignalQueue<number>({
      async send(_lab, versions) {
        const { isLost, takesMs } = deliveries[signals % deliveries.length] ?? { isLost: false, takesMs: 0 };
        signals += 1;
        await new Promise((resolve) => setTimeout(resolve, takesMs));
        if (!isLost) for (const version of versions) delivered.add(version);
        for (const version of versions) attempts.set(version, (attempts.get(version) ?? 0) + 1);
        if (isLost) throw new Error('unavailable');
      },
      onFailure: nothing,
      concurrency: 2,
    });
    return {
      queue,
      /** Whether a version is delivered, or given up after its last attempt. */
      isDone: (version: number) => delivered.has(version) || attempts.get(version) === 5,
      receive(version: number, { lab, kind }: { lab: string; kind: string }) {
        watermark.advance(String(version), (hold) => {
          if (kind === 'quiet') delivered.add(version);
          else queue.enqueue(lab, version, { isUrgent: kind === 'urgent', onSettled: hold() });
        });
      },
      checkpoint: () => Number(watermark.version),
    };
  }

  test('the checkpoint is always the one before the oldest change under way, and a successor misses nothing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { minLength: 1, maxLength: 60 }),
        fc.array(delivery, { minLength: 1, maxLength: 10 }),
        async (changes, deliveries) => {
          const watch = aWatch(deliveries);
          for (const [index, received] of changes.entries()) {
            watch.receive(index + 1, received);
            await jest.advanceTimersByTimeAsync(received.pauseMs);
            const versions = Array.from({ length: index + 1 }, (_, before) => before + 1);
            const oldest = versions.find((version) => !watch.isDone(version)) ?? index + 2;
            expect(watch.checkpoint()).toBe(oldest - 1);
          }
          watch.queue.close();
          const resumed = watch.checkpoint();
          const successor = aWatch([{ isLost: false, takesMs: 0 }], resumed);
          for (const [index, received] of changes.entries()) {
            if (index + 1 > resumed) successor.receive(index + 1, received);
          }
          await jest.advanceTimersByTimeAsync(1_000);

          const missed = changes
            .map((_, index) => index + 1)
            .filter((version) => !watch.isDone(version) && !successor.isDone(version));
          expect(missed).toEqual([]);
          expect(successor.checkpoint()).toBe(changes.length);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('a checkpoint advances although there is never a moment without a signal under way', async () => {
    const watch = aWatch([{ isLost: false, takesMs: 500 }]);
    for (let version = 1; version <= 100; version += 1) {
      watch.receive(version, { lab: version % 2 ? 'rachel' : 'ross', kind: 'urgent' });
      await jest.advanceTimersByTimeAsync(100);
    }
    watch.queue.close();

    expect(watch.checkpoint()).toBeGreaterThan(80);
    expect(watch.checkpoint()).toBeLessThan(100);
  });
});
