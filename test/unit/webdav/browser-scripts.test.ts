import { isAsListed } from '../../../src/webdav/browser/client/conditions';
import { counted, type Entry, sizeText, sorted } from '../../../src/webdav/browser/client/entries';
import { folderName, hrefOf, nameProblem, parentOf } from '../../../src/webdav/browser/client/names';
import { outcomeOf } from '../../../src/webdav/browser/client/outcomes';
import { encodeName } from '../../../src/webdav/request/url-paths';

const entry = (name: string, changes: Partial<Entry> = {}): Entry => ({
  name,
  kind: 'file',
  size: 1,
  modified: 0,
  etag: '"1"',
  ...changes,
});
const names = (entries: readonly Entry[]) => entries.map(({ name }) => name).join(' ');

describe('order', () => {
  const entries = [
    entry('b10', { size: 5, modified: 3 }),
    entry('b9', { size: 7, modified: 1 }),
    entry('z', { kind: 'folder' }),
    entry('a', { size: 5, modified: 2 }),
  ];

  test.each([
    ['name', false, 'z a b9 b10'],
    ['name', true, 'z b10 b9 a'],
    ['size', false, 'z a b10 b9'],
    ['modified', true, 'z b10 a b9'],
  ] as const)('by %s, descending %s: folders first, numbers as numbers', (column, isDescending, order) => {
    expect(names(sorted(entries, { column, isDescending }))).toBe(order);
  });
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 KB'],
  [9949, '9.9 KB'],
  [9950, '10 KB'],
  [999_499, '999 KB'],
  [999_500, '1.0 MB'],
  [1_234_567_890, '1.2 GB'],
  [5e18, '5000 PB'],
])('%i bytes are %s', (bytes, text) => {
  expect(sizeText(bytes)).toBe(text);
});

test('one and several', () => {
  expect([counted(1, 'file'), counted(2, 'file'), counted(0, 'entry', 'entries')]).toEqual([
    '1 file',
    '2 files',
    '0 entries',
  ]);
});

describe('names', () => {
  test.each(['a b', '100% #1?.txt', `it's (new)!*`, 'ä', '\ud800', '..a'])(
    '%j is escaped as by the server',
    (name) => {
      expect(hrefOf('/files/', name)).toBe(`/files/${encodeName(name)}`);
      expect(hrefOf('/files/', name, true)).toBe(`/files/${encodeName(name)}/`);
    },
  );

  test('of the folders above', () => {
    expect(parentOf('/files/rachel/a%20b/c/', '/files/rachel/')).toBe('/files/rachel/a%20b/');
    expect(parentOf('/files/rachel/', '/files/rachel/')).toBe('/files/rachel/');
    expect(folderName('/files/rachel/a%20b/')).toBe('a b');
    expect(folderName('/')).toBe('/');
  });

  test.each(['', '.', '..', 'a/b', 'a\0', 'ä'.repeat(128), '.nublado-0123456789abcdef.part'])(
    '%j is none',
    (name) => {
      expect(nameProblem(name)).toEqual(expect.any(String));
    },
  );

  test.each(['a', '...', ' ', '<img onerror=x>', 'ä'.repeat(127)])('%j is one', (name) => {
    expect(nameProblem(name)).toBeNull();
  });
});

describe('answers', () => {
  test.each([
    [201, { kind: 'done' }],
    [412, { kind: 'changed' }],
    [423, { kind: 'locked' }],
    [404, { kind: 'gone' }],
    [207, { kind: 'failed', message: 'A part of it could not be done.' }],
    [0, { kind: 'failed', message: 'The server cannot be reached.' }],
    [507, { kind: 'failed', message: 'There is not enough room.' }],
    [418, { kind: 'failed', message: 'The server answered with status 418.' }],
  ])('%i', (status, outcome) => {
    expect(outcomeOf({ status, type: 'application/xml', text: '<x/>' })).toEqual(outcome);
  });

  test('the server’s own words are shown where there are any', () => {
    const answer = { status: 414, type: 'text/plain; charset=utf-8', text: 'the name is too long\n' };
    expect(outcomeOf(answer)).toEqual({ kind: 'failed', message: 'The name is too long.' });
  });
});

test('conditions are a tag for files, the time for folders', () => {
  expect(isAsListed(entry('f'))).toEqual({ 'if-match': '"1"' });
  expect(isAsListed({ etag: null, modified: Date.UTC(2026, 0, 2, 3, 4, 5) + 678 })).toEqual({
    'if-unmodified-since': 'Fri, 02 Jan 2026 03:04:05 GMT',
  });
});
