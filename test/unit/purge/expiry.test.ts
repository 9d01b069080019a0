import { expiryOf } from '../../../src/purge/expiry';
import type { Intervals } from '../../../src/purge/policy';

const WHEN_MS = 1_000_000_000;

const NEVER: Intervals = { accessIntervalMs: null, creationIntervalMs: null, modificationIntervalMs: null };

/** A file of that size whose times are all so many milliseconds ago. */
function aFile(size: number, ages: { access?: number; creation?: number; modification?: number } = {}) {
  const ns = (ageMs: number) => BigInt(WHEN_MS - ageMs) * 1_000_000n;
  const { access = 0, creation = 0, modification = 0 } = ages;
  return { size: BigInt(size), atimeNs: ns(access), ctimeNs: ns(creation), mtimeNs: ns(modification) };
}

const policy = (small: Partial<Intervals>, large: Partial<Intervals> = {}) => ({
  threshold: 100,
  intervals: { small: { ...NEVER, ...small }, large: { ...NEVER, ...large } },
});

test.each([
  [0, 'small'],
  [99, 'small'],
  [100, 'large'],
  [2 ** 53, 'large'],
])('a file of %d bytes is %s', (size, expected) => {
  const both = policy({ accessIntervalMs: 10 }, { accessIntervalMs: 10 });
  expect(expiryOf(aFile(size, { access: 11 }), both, WHEN_MS)?.size).toBe(expected);
});

test('a file is due when its time is over, not before or at that moment', () => {
  const due = (access: number) => expiryOf(aFile(1, { access }), policy({ accessIntervalMs: 10 }), WHEN_MS);
  expect([due(9), due(10)]).toEqual([null, null]);
  expect(due(11)).toEqual({ size: 'small', reason: 'access', ageMs: 11, limitMs: 10 });
});

test('the first time of access, creation and modification that is over is the reason', () => {
  const all = policy({ accessIntervalMs: 10, creationIntervalMs: 20, modificationIntervalMs: 30 });
  const reason = (ages: object) => expiryOf(aFile(1, ages), all, WHEN_MS)?.reason;
  expect(reason({ access: 11, creation: 21, modification: 31 })).toBe('access');
  expect(reason({ access: 10, creation: 21, modification: 31 })).toBe('creation');
  expect(reason({ modification: 31 })).toBe('modification');
});

test('without intervals, and with times ahead of now, a file is kept', () => {
  expect(
    expiryOf(aFile(1, { access: 1e8, creation: 1e8, modification: 1e8 }), policy({}), WHEN_MS),
  ).toBeNull();
  expect(expiryOf(aFile(1, { access: -1e9 }), policy({ accessIntervalMs: 1 }), WHEN_MS)).toBeNull();
});
