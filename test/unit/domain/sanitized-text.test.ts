import * as fc from 'fast-check';
import { sanitizedMessage, truncateAtWord, withoutCredentials } from '../../../src/domain/sanitized-text';
import { completeInLinearTime } from '../../support/linear-time';

const token = 'gt-1PhgAeB-9Fsa-N1NhuTu_w.oRvMvAQp1bWfx8KCJKNohg';

test.each([
  ['Bearer abcdefgh', '[redacted]'],
  ['sent "Basic aGlkZGVuOmhpZGRlbg==" on', 'sent "[redacted]" on'],
  [token, '[redacted]'],
  [`/x?t=${token}&u=1`, '/x?t=[redacted]&u=1'],
  [`registry.example.com.${token}.`, 'registry.example.com.[redacted].'],
  [`prefix-${token}`, 'prefix-[redacted]'],
  [`${token.toUpperCase()} and ${token}`, '[redacted] and [redacted]'],
  ['gt-short.token', 'gt-short.token'],
  ['a bearer of news, basic needs', 'a bearer of news, basic needs'],
  ['weight-1234567890.1234567890', 'weight-1234567890.1234567890'],
])('%s is shown as %s', (text, shown) => {
  expect(withoutCredentials(text)).toBe(shown);
});

const tokenPart = fc.string({ unit: fc.constantFrom(...'abcXYZ019_-'), minLength: 10, maxLength: 30 });
const tokenText = fc.tuple(tokenPart, tokenPart).map(([key, secret]) => `gt-${key}.${secret}`);

test('no token is left, whatever stands around it', () => {
  const around = fc.string({ unit: fc.constantFrom(...'g t-./"?=ab\n'), maxLength: 40 });
  fc.assert(
    fc.property(around, tokenText, around, (before, token, after) => {
      const secret = token.slice(token.indexOf('.') + 1);
      fc.pre(!/\w$/.test(before));
      expect(withoutCredentials(before + token + after)).not.toContain(secret);
    }),
    { numRuns: 2_000 },
  );
});

test('all that the former expression masked is masked', () => {
  const former = /\b(?:Bearer|Basic)\s+[\w.~+/-]{8,}=*|\bgt-[\w-]{10,}\.[\w-]{10,}/gi;
  const part = fc.oneof(
    tokenText,
    tokenPart,
    fc.constantFrom('gt-', 'Bearer ', 'basic\t', '.', '-', ' ', '=', '"', 'x', '/'),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
      const text = parts.join('');
      const shown = withoutCredentials(text);
      const isMasked = text.match(former) !== null;
      expect([shown.match(former), shown === text]).toEqual([null, !isMasked]);
    }),
    { numRuns: 3_000 },
  );
});

test.each([
  'gt-',
  'gt-aaaaaaaaaaaaaaaaaaaaaa.',
  'Bearer ',
  'Basic\t\t',
  'aaaa',
  '....',
  'gt-aaaaaaaaaa.bbbbbbbbb ',
])('millions of %j are read in time', (part) => {
  const text = part.repeat(4_000_000 / part.length);

  expect(completeInLinearTime(() => withoutCredentials(text).length)).toBeGreaterThan(0);
});

test('a text is cut between words', () => {
  expect(truncateAtWord('one two three', 9)).toBe('one two ');
  expect(truncateAtWord('one two', 7)).toBe('one two');
  expect(truncateAtWord('x'.repeat(5_000), 3_000)).toHaveLength(2_000);
});

test('a cut never leaves part of a credential', () => {
  fc.assert(
    fc.property(tokenText, fc.nat(60), (token, length) => {
      const shown = withoutCredentials(truncateAtWord(`sent "${token}" on`, length));
      expect(shown).not.toContain('gt-');
    }),
  );
});

test.each([
  [
    'signatures of download links',
    'Get "https://cdn.registry.test/blob/1?X-Signature=abc&X-Key=def": EOF',
    'Get "https://cdn.registry.test/blob/1": EOF',
  ],
  ['passwords of proxies', 'via http://rachel:hunter2@proxy.test:3128/x', 'via http://proxy.test:3128/x'],
  ['authorization', 'sent Authorization: Bearer abcdefghijkl', 'sent Authorization: [redacted]'],
  ['tokens', 'got gt-abcdefghijkl.mnopqrstuvwx back', 'got [redacted] back'],
])('%s are left out', (_, said, shown) => {
  expect(sanitizedMessage(said)).toBe(shown);
});

test('images, digests and names are left alone', () => {
  const said = 'failed to pull "quay.io/lab/sketchbook:w_2077_44@sha256:1234": not found (a?b)';
  expect(sanitizedMessage(said)).toBe(said);
});

test('words become one line of bounded length', () => {
  expect(sanitizedMessage(' one\n\ttwo\u0007 ')).toBe('one two');
  expect(sanitizedMessage('x'.repeat(2_000))).toHaveLength(500);
});

test('saying nothing is no words', () => {
  expect([sanitizedMessage(undefined), sanitizedMessage(null), sanitizedMessage(' \n')]).toEqual([
    null,
    null,
    null,
  ]);
});

test.each(['a', 'x://', 'x://a@', 'gt-', '?', 'x://a?', 'Bearer ', ' \n'])(
  'words of any length made of %j are read up to a bound',
  (part) => {
    const [short, long] = [8_000, 8_000_000].map((length) =>
      sanitizedMessage(part.repeat(length / part.length)),
    );
    expect(long).toBe(short);
  },
);
