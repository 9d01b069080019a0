import { portablePattern } from '../../../src/domain/portable-pattern';

test.each([
  ['^/[^/]', '^/[^/]'],
  ['^\\/', '^/'],
  ['\\d+\\.\\d', '[0-9]+\\.[0-9]'],
  ['[\\w.-]{0,127}', '[0-9A-Za-z_.-]{0,127}'],
  ['\\S\\s', '[^ \\t\\n\\r\\f\\v][ \\t\\n\\r\\f\\v]'],
  ['(?<week>\\d)(?:w)', '([0-9])(?:w)'],
  ['a.b[.]', 'a[^\\n\\r\u2028\u2029]b[.]'],
  ['[\\x21-\\x7e\\]]', '[\\x21-\\x7e\\]]'],
])('the pattern %s is published as %s', (source, portable) => {
  expect(portablePattern(source)).toBe(portable);
});

test.each([
  '[^]',
  '[]a',
  '(?=a)',
  '(?!a)',
  '(?<=a)',
  '(?<!a)',
  '(a)\\1',
  '(?<a>a)\\k<a>',
  '\\bword',
  '\\u0041',
  '\\p{L}',
  '[\\S]',
  '[[a]',
])('the pattern %s has no form that all readers of the published schemas take', (source) => {
  expect(() => portablePattern(source)).toThrow(`the pattern ${source} cannot be published`);
});
