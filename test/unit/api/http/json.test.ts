import { jsonErrorOffset, readJson } from '../../../../src/api/http/json';

describe('the place of an error in JSON', () => {
  test.each([
    ['x', 0],
    ['', 0],
    ['  ', 2],
    ['{"a": }', 6],
    ['{"a": 1,}', 8],
    ['[1, 2', 5],
    ['[1 2]', 3],
    ['{"a" 1}', 5],
    ['{a: 1}', 1],
    ['{"a": 1} x', 9],
    ['[1]]', 3],
    ['[}', 1],
    ['{]', 1],
    ['{"a": 01}', 7],
    ['["\\x"]', 2],
    ['["a\nb"]', 3],
    ['["abc', 5],
    ['nul', 0],
    ['{"a": [1, {"b": tru}]}', 16],
  ])('the place of an error in JSON in %j is %d', (text, offset) => {
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
    expect(jsonErrorOffset(text)).toBe(offset);
  });

  test.each(['{"a": [1, -2.5e+3, "\\u00e9\\n", {}, [], null, true, false]}', ' "x" ', '0'])(
    'the place of an error in JSON is the end of valid JSON such as %s',
    (text) => {
      expect(() => JSON.parse(text)).not.toThrow();
      expect(jsonErrorOffset(text)).toBe(text.length);
    },
  );

  test('the place of an error in JSON is found in a deeply nested text without exhausting the stack', () => {
    expect(jsonErrorOffset('['.repeat(500_000))).toBe(500_000);
  });
});

describe('a body', () => {
  const body = Buffer.from('{"a": 1}');

  test.each([undefined, 'application/json', 'application/json; charset=utf-8', 'application/problem+json'])(
    'a body declared as %s is read as JSON',
    (contentType) => {
      expect(readJson(body, contentType)).toEqual({ a: 1 });
    },
  );

  test('a body of another type stays text, and an empty one is absent', () => {
    expect(readJson(body, 'application/x-www-form-urlencoded')).toBe('{"a": 1}');
    expect(readJson(Buffer.alloc(0), 'application/json')).toBeUndefined();
    expect(readJson(undefined, undefined)).toBeUndefined();
  });
});
