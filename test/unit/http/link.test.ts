import { parseChallenges } from '../../../src/http/challenges';
import { nextLink } from '../../../src/http/link';

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

/** Milliseconds of the fastest of some runs, so that a busy machine counts little. */
function fastest(work: () => void): number {
  const times = Array.from({ length: 5 }, () => {
    const before = performance.now();
    for (let run = 0; run < 5; run += 1) work();
    return performance.now() - before;
  });
  return Math.min(...times);
}

const LENGTH = 16_000;

test.each([
  ['spaces', '<a>;x', ' ', '!'],
  ['parameters', '<a>', ';x = ', ''],
  ['opened quotes', '<a>;x="', '\\"', ''],
  ['opened brackets', '', '<', ''],
  ['spaces of a challenge', 'Bearer x', ' ', '!'],
  ['letters of a challenge', 'Bearer ', 'a', ' !'],
  ['commas', '', ', a=', ''],
])('headers of many %s take time in proportion to their length', (_, start, piece, end) => {
  const header = (length: number) => start + piece.repeat(length / piece.length) + end;
  const read = (text: string) => () => {
    nextLink(text);
    parseChallenges(text);
  };
  const [short, long] = [header(LENGTH), header(LENGTH * 8)];
  read(short)();

  // In proportion it is 8 times as long; with the square of the length, 64 times.
  expect(fastest(read(long))).toBeLessThan(Math.max(fastest(read(short)), 0.5) * 32);
});
