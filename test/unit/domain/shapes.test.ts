import * as fc from 'fast-check';
import {
  dictionary,
  flag,
  isNestedAtMost,
  latest,
  list,
  nullable,
  numberIn,
  object,
  ofLength,
  oneOf,
  openObject,
  shortenedText,
  text,
  word,
} from '../../../src/domain/shapes';

test.each([
  [text(3), 'abc', 'abc'],
  [text(3), 'abcd', undefined],
  [text(3), 3, undefined],
  [shortenedText(3), 'abcd', 'abc'],
  [word(9), 'a:b@c', 'a:b@c'],
  [word(9), 'a b', undefined],
  [word(9), 'ä', undefined],
  [numberIn(0, 5), 5, 5],
  [numberIn(0, 5), -1, undefined],
  [numberIn(0, 5), '5', undefined],
  [flag, false, false],
  [flag, 0, undefined],
  [oneOf(['a', 'b']), 'b', 'b'],
  [oneOf(['a', 'b']), 'c', undefined],
  [nullable(flag), null, null],
  [nullable(flag), undefined, undefined],
  [list(flag, 2), [true, false], [true, false]],
  [list(flag, 2), [true, 1], undefined],
  [list(flag, 2), [true, true, true], undefined],
  [list(flag, 2), { length: 1 }, undefined],
  [latest(flag, 2), [true, false, 1, false], [false]],
  [latest(flag, 2), null, undefined],
  [dictionary(flag, 1), { a: true }, { a: true }],
  [dictionary(flag, 1), { a: true, b: true }, undefined],
  [dictionary(flag, 1), { a: 1 }, undefined],
  [dictionary(flag, 1), [], undefined],
  [ofLength(text(99), 6), 'abcd', 'abcd'],
  [ofLength(text(99), 6), 'abcde', undefined],
] as const)(
  'case %#: a reader gives the value in its shape, and undefined for any other',
  (...[read, value, found]) => {
    expect(read(value)).toEqual(found);
  },
);

const fields = { required: flag, optional: text(3) };
type Fields = { readonly required: boolean; readonly optional?: string };

test.each([
  [{ required: true }, { required: true }],
  [
    { required: true, optional: 'abc', other: 1 },
    { required: true, optional: 'abc' },
  ],
  [{ required: true, optional: 'abcd' }, { required: true }],
  [{ optional: 'abc' }, undefined],
  [{ required: 1 }, undefined],
  [[true], undefined],
  [null, undefined],
])('an object read from %j is %j', (value, found) => {
  expect(object<Fields>(fields, ['optional'])(value)).toEqual(found);
});

test('an open object keeps what it does not know, and the order of all fields', () => {
  const read = openObject<Fields>(fields, ['optional']);

  expect(JSON.stringify(read({ other: [1], optional: 'a', required: true }))).toBe(
    '{"other":[1],"optional":"a","required":true}',
  );
});

test('a prototype is never taken from what is read', () => {
  const value: unknown = JSON.parse('{"__proto__": {"required": true}}');

  expect(object<Fields>(fields, ['optional'])(value)).toBeUndefined();
});

test.each([
  [1, 0, true],
  [[], 0, true],
  [[1], 1, true],
  [[[]], 1, true],
  [{ a: { b: { c: 1 } } }, 2, false],
])('whether %j is nested at most %i times: %s', (value, depth, isShallow) => {
  expect(isNestedAtMost(value, depth)).toBe(isShallow);
});

test('a value nested more deeply than the stack is recognised', () => {
  const deep: unknown = JSON.parse('['.repeat(200_000) + ']'.repeat(200_000));

  expect(isNestedAtMost(deep, 32)).toBe(false);
});

test('no reader throws, whatever JSON holds', () => {
  const read = list(nullable(object<Fields>(fields, ['optional'])), 10);

  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const found = read(value);
      expect(read(found)).toEqual(found);
    }),
  );
});
