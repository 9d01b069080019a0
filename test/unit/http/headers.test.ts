import * as fc from 'fast-check';
import { nextLink, parseChallenges } from '../../../src/http/headers';
import { completeInLinearTime } from '../../support/linear-time';

function challenges(header: string) {
  return parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);
}

test('quoted values may hold commas, equals signs and escaped quotes', () => {
  const header = 'Bearer realm="a, b=c", error_description="said \\"no\\" \\\\ twice"';
  expect(challenges(header)).toEqual([
    ['bearer', { realm: 'a, b=c', error_description: 'said "no" \\ twice' }],
  ]);
});

test('several challenges in one header are distinguished', () => {
  expect(challenges('Negotiate, Basic realm="x" , Bearer error=invalid_token,scope="a b"')).toEqual([
    ['negotiate', {}],
    ['basic', { realm: 'x' }],
    ['bearer', { error: 'invalid_token', scope: 'a b' }],
  ]);
});

test('a token68 credential is no parameter', () => {
  expect(challenges('Negotiate YWJj/+==, Bearer realm=x')).toEqual([
    ['negotiate', {}],
    ['bearer', { realm: 'x' }],
  ]);
});

test('names are read without case, and spaces around the equals sign are allowed', () => {
  expect(challenges('BEARER Realm = "x"')).toEqual([['bearer', { realm: 'x' }]]);
});

test.each([
  ['', []],
  [',, ,', []],
  ['Bearer realm="unclosed', [['bearer', {}]]],
  ['="x"', []],
])('a broken header %j gives what can be read', (header, expected) => {
  expect(challenges(header).slice(0, 1)).toEqual(expected);
});

const token = fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/);
const value = fc.string({ unit: 'grapheme-ascii' });
const challenge = fc.record({
  scheme: token,
  parameters: fc.uniqueArray(fc.tuple(token, value), { selector: ([name]) => name, maxLength: 4 }),
});

function written(list: readonly { scheme: string; parameters: [string, string][] }[]): string {
  const quoted = (text: string) => `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
  return list
    .map(({ scheme, parameters }) =>
      [scheme, parameters.map(([name, text]) => `${name}=${quoted(text)}`).join(', ')].join(' ').trim(),
    )
    .join(', ');
}

test('whatever is written as challenges is read as it was meant', () => {
  fc.assert(
    fc.property(fc.array(challenge, { maxLength: 4 }), (list) => {
      const meant = list.map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);
      expect(challenges(written(list))).toEqual(meant);
    }),
  );
});

test('no header makes it throw, or invents a text that is not in the header', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme-ascii', maxLength: 60 }), (header) => {
      for (const { scheme, parameters } of parseChallenges(`Bearer ${header}`)) {
        expect(`bearer ${header}`.toLowerCase()).toContain(scheme);
        for (const name of parameters.keys()) expect(header.toLowerCase()).toContain(name);
      }
    }),
  );
});

test.each([
  [null, null],
  ['', null],
  ['</a>; rel="next"', '/a'],
  ['</a> ; rel = next', '/a'],
  ['</a>; rel="prev", </b>; rel="next last"', '/b'],
  ['</a>; title="x, <y>; rel=next"; rel="prev"', null],
  ['</a>', null],
  ['<>; rel="next"', ''],
])('of the header %j the next page is %j', (header, expected) => {
  expect(nextLink(header)).toBe(expected);
});

test.each([
  ['spaces', '<a>;x', ' ', '!'],
  ['parameters', '<a>', ';x = ', ''],
  ['opened quotes', '<a>;x="', '\\"', ''],
  ['opened brackets', '', '<', ''],
  ['spaces of a challenge', 'Bearer x', ' ', '!'],
  ['letters of a challenge', 'Bearer ', 'a', ' !'],
  ['commas', '', ', a=', ''],
])('headers of millions of %s are read in time', (_, start, piece, end) => {
  const header = start + piece.repeat(2_000_000 / piece.length) + end;

  expect(completeInLinearTime(() => nextLink(header) ?? '')).not.toBe(header);
  expect(completeInLinearTime(() => parseChallenges(header).length)).toBeLessThan(10);
});
