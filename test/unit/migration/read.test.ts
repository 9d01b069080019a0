import { partAt } from '../../../src/migration/values/placed';
import { MAX_BYTES, readDocuments, readValues, UnusableFiles } from '../../../src/migration/values/read';

const files = (...texts: readonly string[]) =>
  texts.map((text, index) => ({ name: `${index + 1}.yaml`, text }));

const valuesOf = (...texts: readonly string[]): unknown => readValues(files(...texts)).value;

/** What is said of files that cannot be used. */
function messageOf(...texts: readonly string[]): string {
  try {
    readValues(files(...texts));
  } catch (error) {
    if (error instanceof UnusableFiles) return error.message;
    throw error;
  }
  return '';
}

test('files are merged as Helm does: mappings key by key, anything else replaced, null removes', () => {
  const base = 'a: { b: 1, c: [1, 2], d: { e: 1 } }\nf: 1';
  expect(valuesOf(base, 'a: { c: [3], d: { g: 2 } }')).toEqual({
    a: { b: 1, c: [3], d: { e: 1, g: 2 } },
    f: 1,
  });
  expect(valuesOf(base, 'a: { b: null, d: }')).toEqual({ a: { c: [1, 2] }, f: 1 });
  expect(valuesOf(base, 'a: text')).toEqual({ a: 'text', f: 1 });
  expect(valuesOf('a: text', base)).toMatchObject({ a: { b: 1 } });
});

test('documents of one file count as files, and empty ones not at all', () => {
  expect(valuesOf('a: 1\n---\n# nothing\n---\na: 2\nb: { c: null, d: 1 }', '')).toEqual({
    a: 2,
    b: { d: 1 },
  });
});

test('parts know where they stand, also after a merge', () => {
  const values = readValues(files('a:\n  b: 1\n  c: [1, { d: 2 }]\n', '\na:\n    b: 2\n'));
  expect(partAt(values, ['a', 'b'])).toMatchObject({ value: 2, at: { file: '2.yaml', line: 3, column: 5 } });
  expect(partAt(values, ['a', 'c', '1', 'd'])).toMatchObject({ at: { file: '1.yaml', line: 3, column: 12 } });
  expect(partAt(values, ['a', 'x'])).toBeUndefined();
});

test('what an alias or a merged mapping brings stands where that is used', () => {
  const values = readValues(files('base: &base { x: 1 }\nuse: *base\nmore:\n  <<: *base\n  y: 2\n'));
  expect(partAt(values, ['use', 'x'])).toMatchObject({ value: 1, at: { line: 2, column: 1 } });
  expect(partAt(values, ['more', 'x'])).toMatchObject({ value: 1, at: { line: 3, column: 1 } });
});

test('keys that objects have a meaning for are keys like others', () => {
  const values = valuesOf('a: { __proto__: { x: 1 }, constructor: 2 }', 'a: { __proto__: { y: 1 } }') as {
    a: object;
  };
  expect(Object.keys(values.a)).toEqual(['__proto__', 'constructor']);
  expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  expect(Object.getPrototypeOf(values.a)).toBe(Object.prototype);
});

test.each([
  ['no mapping', '- a', 'values are a mapping'],
  ['no values', '# nothing', 'there are no values'],
  ['broken', 'a: [', 'not valid YAML'],
  ['a key twice', 'a: 1\na: 2', 'line 2, column 1: a key is there twice'],
  ['too large', `a: ${'x'.repeat(MAX_BYTES)}`, 'is larger than'],
  ['nested too deeply', `a: ${'['.repeat(200)}${']'.repeat(200)}`, 'nests deeper'],
  [
    'nested so deeply that it cannot be parsed',
    `a: ${'{a: '.repeat(50_000)}1${'}'.repeat(50_000)}`,
    'deeply',
  ],
  ['too many values', `a: [${'1,'.repeat(150_000)}]`, 'has more than'],
  ['too many keys', Array.from({ length: 120_000 }, (_, key) => `${key}:`).join('\n'), 'has more than'],
  ['aliases in a circle', 'a: &a [*a]', 'nests deeper'],
  [
    'aliases that make much of little',
    `a: &a [1,1,1,1,1,1,1,1,1]\n${'abcdefgh'
      .split('')
      .slice(1)
      .map((key, index) => `${key}: &${key} [${`*${'abcdefgh'[index]},`.repeat(9)}]`)
      .join('\n')}`,
    'aliases',
  ],
])('%s is refused', (_case, text, message) => {
  expect(messageOf(text)).toContain(message);
});

test('a message quotes nothing of a file', () => {
  expect(messageOf('password: "hunter2', 'a: b')).not.toContain('hunter2');
});

test('JSON is read, too', () => {
  expect(readDocuments({ name: 'a.json', text: '{"a": [1, true, null]}' })[0]?.value).toEqual({
    a: [1, true, null],
  });
});
