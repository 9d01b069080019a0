import * as fc from 'fast-check';
import { DavError } from '../../../src/webdav/errors';
import { destinationOf } from '../../../src/webdav/request/destination';
import { depthOf, lockSeconds, mayOverwrite, modificationTime } from '../../../src/webdav/request/headers';
import { isMet } from '../../../src/webdav/request/if-evaluation';
import { parseIf, submittedTokens } from '../../../src/webdav/request/if-header';
import { allowsRange, decide } from '../../../src/webdav/request/preconditions';
import { parseRange } from '../../../src/webdav/request/range';
import { encodeName, UrlPaths } from '../../../src/webdav/request/url-paths';

const urls = new UrlPaths('/files/rachel');

/** What a function gives, or the status that it is refused with. */
function outcomeOf<T>(get: () => T): T | number {
  try {
    return get();
  } catch (error) {
    if (error instanceof DavError) return error.status;
    throw error;
  }
}

describe('paths', () => {
  test.each([
    ['/files/rachel', '/'],
    ['/files/rachel/', '/'],
    ['/files/rachel/a%20b/c', '/a b/c'],
    ['//files//rachel//a/', '/a'],
    ['https://example.org/files/rachel/a?x=/b', '/a'],
    ['/files/%72achel/%e2%82%ac', '/€'],
    ['/files/rachelx/a', null],
    ['/files', null],
  ])('%s means %s', (target, path) => expect(urls.resourceOf(target)).toBe(path));

  test.each(['/a%00', '/%zz', '/%ff', '/a%2Fb', '/..', '/%2e%2e/x', '/a/./b', '/a#b', '/%2E'])(
    '%s is refused',
    (path) => expect(() => urls.resourceOf(`/files/rachel${path}`)).toThrow(DavError),
  );

  test('every name that a file can have comes back from its URL', () => {
    const names = fc
      .string({ unit: 'binary', minLength: 1 })
      .filter((name) => name.isWellFormed() && !/[/\0]/.test(name) && name !== '.' && name !== '..');
    fc.assert(
      fc.property(fc.array(names), (parts) => {
        const path = `/${parts.join('/')}`;
        expect(urls.resourceOf(urls.hrefOf(path, false))).toBe(path);
      }),
    );
  });

  test('no target leads anywhere else', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('/', '.', '%', '2', 'e', 'f', '5', 'c', 'a') }),
        (text) => {
          const path = outcomeOf(() => urls.resourceOf(`/files/rachel/${text}`));
          expect(typeof path === 'string' ? path.split('/') : [path]).not.toContain('..');
        },
      ),
    );
  });

  test('what markup could take for its own is escaped', () =>
    expect(encodeName(`a'b"<&>(c)*!`)).toBe('a%27b%22%3C%26%3E%28c%29%2A%21'));
});

describe('If', () => {
  test.each([
    ['(<urn:a>)', [{ url: null, conditions: 1 }]],
    [
      '(<urn:a> ["x"]) (Not <urn:b>)',
      [
        { url: null, conditions: 2 },
        { url: null, conditions: 1 },
      ],
    ],
    [
      '</files/rachel/a> (<urn:a>) (["x"])',
      [
        { url: '/files/rachel/a', conditions: 1 },
        { url: '/files/rachel/a', conditions: 1 },
      ],
    ],
    [
      '</a> (<urn:a>) </b> ([W/"x"])',
      [
        { url: '/a', conditions: 1 },
        { url: '/b', conditions: 1 },
      ],
    ],
  ])('%s is understood', (header, lists) =>
    expect(parseIf(header).map(({ url, conditions }) => ({ url, conditions: conditions.length }))).toEqual(
      lists,
    ),
  );

  test.each([
    '',
    '()',
    '(<urn:a>',
    '<urn:a>',
    '(Not)',
    '(Not Not <a:b>)',
    '(<a:b>) </c> (<a:b>)',
    '</a> </b> (<a:b>)',
    '(a)',
    '((<a:b>))',
  ])('"%s" is refused', (header) => expect(() => parseIf(header)).toThrow(DavError));

  test('never fails in another way', () => {
    const text = fc.string({ unit: fc.constantFrom('(', ')', '<a:b>', '["e"]', 'Not', ' ', 'x', '<') });
    fc.assert(
      fc.property(text, (header) => {
        const lists = outcomeOf(() => parseIf(header));
        expect(lists === 400 || (Array.isArray(lists) && lists.length > 0)).toBe(true);
      }),
    );
  });

  test.each([
    ['(<urn:held>)', true],
    ['(<urn:other>)', false],
    ['(<urn:held> ["e"])', true],
    ['(<urn:held> ["f"])', false],
    ['(Not <DAV:no-lock>)', true],
    ['(<DAV:no-lock>)', false],
    ['(<urn:other>) (["e"])', true],
    ['(Not ["e"])', false],
  ])('%s holds: %s', (header, holds) => {
    const lists = parseIf(header);
    const state = { etag: '"e"', tokens: new Set(['urn:held']) };
    expect(
      isMet(
        lists,
        lists.map(() => state),
      ),
    ).toBe(holds);
  });

  test('tokens of every list are shown', () =>
    expect([...submittedTokens(parseIf('(<a:1> ["e"]) (Not <a:2>)'))]).toEqual(['a:1', 'a:2']));
});

describe('conditions of HTTP', () => {
  const now = Date.UTC(2026, 0, 2);
  const there = { etag: '"e"', modifiedMs: now + 400 };
  const http = (milliseconds: number) => new Date(milliseconds).toUTCString();

  test.each([
    [{ 'if-match': '"e"' }, false, there, 'proceed'],
    [{ 'if-match': '"f", "e"' }, false, there, 'proceed'],
    [{ 'if-match': 'W/"e"' }, false, there, 'failed'],
    [{ 'if-match': '*' }, false, null, 'failed'],
    [{ 'if-none-match': '*' }, false, there, 'failed'],
    [{ 'if-none-match': '*' }, false, null, 'proceed'],
    [{ 'if-none-match': 'W/"e"' }, true, there, 'not-modified'],
    [{ 'if-unmodified-since': http(now) }, false, there, 'proceed'],
    [{ 'if-unmodified-since': http(now - 1000) }, false, there, 'failed'],
    [{ 'if-modified-since': http(now) }, true, there, 'not-modified'],
    [{ 'if-modified-since': http(now) }, false, there, 'proceed'],
    [{ 'if-none-match': '"f"', 'if-modified-since': http(now) }, true, there, 'proceed'],
    [{ 'if-modified-since': 'yesterday' }, true, there, 'proceed'],
  ] as const)('%j, reading %s', (headers, isRead, current, verdict) =>
    expect(decide(headers, isRead, current)).toBe(verdict),
  );

  test.each([
    [undefined, true],
    ['"e"', true],
    ['"f"', false],
    ['W/"e"', false],
    [http(now), true],
    [http(now - 1000), false],
  ])('If-Range %s', (header, allows) => expect(allowsRange(header, there)).toBe(allows));
});

describe('ranges', () => {
  test.each([
    [undefined, 'whole'],
    ['bytes=0-4', { start: 0, end: 4 }],
    ['bytes=5-', { start: 5, end: 9 }],
    ['bytes=-3', { start: 7, end: 9 }],
    ['bytes=-30', { start: 0, end: 9 }],
    ['bytes=8-99', { start: 8, end: 9 }],
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=4-2', 'whole'],
    ['bytes=-', 'whole'],
    ['lines=1-2', 'whole'],
    ['bytes=0-1,3-4', 'whole'],
  ])('%s', (header, range) => expect(parseRange(header, 10)).toEqual(range));

  test('a range is always in the body', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('1', '0', '9', '-') }), fc.nat(2000), (text, size) => {
        const range = parseRange(`bytes=${text}`, size);
        if (typeof range === 'string') return;
        expect(range.start).toBeGreaterThanOrEqual(0);
        expect(range.end).toBeGreaterThanOrEqual(range.start);
        expect(range.end).toBeLessThan(size);
      }),
    );
  });
});

describe('other headers', () => {
  test('depths', () => {
    expect(depthOf({ depth: 'Infinity' }, ['0', 'infinity'], '0')).toBe('infinity');
    expect(depthOf({}, ['infinity'], 'infinity')).toBe('infinity');
    expect(() => depthOf({ depth: '1' }, ['0', 'infinity'], '0')).toThrow('Depth');
  });

  test.each([
    [undefined, 3600],
    ['Second-60', 60],
    ['Infinite, Second-4100000000', 3600],
    ['Extended-3, Second-7', 7],
    ['Second-0', 1],
  ])('Timeout %s is %i seconds', (timeout, seconds) =>
    expect(lockSeconds(timeout === undefined ? {} : { timeout })).toBe(seconds),
  );

  test('Overwrite and X-OC-Mtime', () => {
    expect([mayOverwrite({}), mayOverwrite({ overwrite: 'f' })]).toEqual([true, false]);
    expect(() => mayOverwrite({ overwrite: 'yes' })).toThrow(DavError);
    expect(modificationTime({ 'x-oc-mtime': '1700000000' })).toBe(1_700_000_000_000);
    expect(modificationTime({ 'x-oc-mtime': 'now' })).toBeNull();
  });

  test.each([
    ['/files/rachel/b', '/b'],
    ['http://example.org/files/rachel/b', '/b'],
    ['https://EXAMPLE.org:443/files/rachel/b', '/b'],
    ['http://proxy.org/files/rachel/b', '/b'],
    ['http://other.org/files/rachel/b', 502],
    ['/files/mallory/b', 502],
    ['b', 400],
    [undefined, 400],
  ])('Destination %s', (destination, outcome) => {
    const headers = { host: 'example.org:8000', 'x-forwarded-host': 'proxy.org', destination };
    expect(outcomeOf(() => destinationOf(headers, urls))).toBe(outcome);
  });
});
