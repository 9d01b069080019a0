import { clusterWords } from '../../../src/domain/cluster-words';

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
  expect(clusterWords(said)).toBe(shown);
});

test('images, digests and names are left alone', () => {
  const said = 'failed to pull "quay.io/lab/sketchbook:w_2077_44@sha256:1234": not found (a?b)';
  expect(clusterWords(said)).toBe(said);
});

test('words become one line of bounded length', () => {
  expect(clusterWords(' one\n\ttwo\u0007 ')).toBe('one two');
  expect(clusterWords('x'.repeat(2_000))).toHaveLength(500);
});

test('saying nothing is no words', () => {
  expect([clusterWords(undefined), clusterWords(null), clusterWords(' \n')]).toEqual([null, null, null]);
});

test.each(['a', 'x://', 'x://a@', 'gt-', '?', 'x://a?', 'Bearer ', ' \n'])(
  'words of any length made of %j are read up to a bound',
  (part) => {
    const [short, long] = [8_000, 8_000_000].map((length) => clusterWords(part.repeat(length / part.length)));
    expect(long).toBe(short);
  },
);
