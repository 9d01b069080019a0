import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';
import * as fc from 'fast-check';
import { fromSystemError } from '../../../src/webdav/errors';
import { LockTable } from '../../../src/webdav/locks/lock-table';
import { checkLocks } from '../../../src/webdav/locks/permission';
import { DeadProperties } from '../../../src/webdav/properties/dead-properties';
import { IdleClock, isUse } from '../../../src/webdav/server/idle-clock';
import { readSettings } from '../../../src/webdav/server/settings';
import { Turns } from '../../../src/webdav/turns';
import { parseXml } from '../../../src/webdav/xml/reader';
import { escapeText, writeElement } from '../../../src/webdav/xml/writer';

const aLock = (
  path: string,
  scope: 'exclusive' | 'shared' = 'exclusive',
  depth: '0' | 'infinity' = 'infinity',
) => ({
  path,
  href: path,
  scope,
  depth,
  owner: '',
  seconds: 60,
});

describe('locks', () => {
  let now = 0;
  const table = () => new LockTable(() => now);

  test.each([
    ['/a', '/a'],
    ['/a', '/a/b'],
    ['/a/b', '/a'],
    ['/', '/a'],
  ])('%s excludes %s', (first, second) => {
    const locks = table();
    locks.take(aLock(first));
    expect(() => locks.take(aLock(second))).toThrow(
      expect.objectContaining({ status: 423, condition: 'no-conflicting-lock', hrefs: [first] }),
    );
  });

  test('/a does not exclude /ab', () => {
    const locks = table();
    locks.take(aLock('/a'));
    expect(locks.take(aLock('/ab')).path).toBe('/ab');
  });

  test('shared ones exclude exclusive ones alone', () => {
    const locks = table();
    locks.take(aLock('/a', 'shared'));
    locks.take(aLock('/a', 'shared'));
    expect(() => locks.take(aLock('/a'))).toThrow('locked');
    expect(locks.size).toBe(2);
  });

  test('a lock of depth 0 protects a folder and its names, not what is in its files', () => {
    const locks = table();
    const { token } = locks.take(aLock('/a', 'exclusive', '0'));
    const change = { path: '/a/f', isOfTree: false };
    expect(() => checkLocks(locks, { ...change, isOfName: false }, new Set())).not.toThrow();
    expect(() => checkLocks(locks, { ...change, isOfName: true }, new Set())).toThrow('locked');
    expect(() => checkLocks(locks, { ...change, isOfName: true }, new Set([token]))).not.toThrow();
  });

  test('a tree needs the tokens of all locks in it', () => {
    const locks = table();
    const { token } = locks.take(aLock('/a/b'));
    locks.take(aLock('/a/c'));
    const change = { path: '/a', isOfName: true, isOfTree: true };
    expect(() => checkLocks(locks, change, new Set([token]))).toThrow(
      expect.objectContaining({ condition: 'lock-token-submitted', hrefs: ['/a/c'] }),
    );
  });

  test('locks end by themselves, unless they are prolonged', () => {
    const locks = table();
    const held = locks.take(aLock('/a'));
    now += 59_000;
    const renewed = locks.refresh(held, 60);
    now += 59_000;
    expect(locks.covering('/a')).toEqual([renewed]);
    now += 1000;
    expect(locks.covering('/a')).toEqual([]);
    expect(locks.size).toBe(0);
  });

  test('their number is bounded', () => {
    const locks = table();
    for (let index = 0; index < 10_000; index += 1) locks.take(aLock(`/${index}`));
    expect(() => locks.take(aLock('/more'))).toThrow(expect.objectContaining({ status: 507 }));
    now += 60_000;
    expect(locks.take(aLock('/more')).path).toBe('/more');
  });
});

describe('dead properties', () => {
  const property = (xml: string) => new Map([['n p', { namespace: 'n', name: 'p', xml }]]);

  test('go with what they belong to', () => {
    const table = new DeadProperties();
    table.replace('/a', property('1'));
    table.replace('/a/b', property('2'));
    table.replace('/ab', property('3'));
    table.copy('/a', '/c', 'infinity');
    table.copy('/a', '/d', '0');
    table.move('/a', '/e');
    table.forget('/c/b');
    const xml = ['/a', '/a/b', '/ab', '/c', '/c/b', '/d', '/d/b', '/e', '/e/b'].map(
      (path) => table.of(path).get('n p')?.xml ?? null,
    );
    expect(xml).toEqual([null, null, '3', '1', null, '1', null, '1', '2']);
  });

  test('are bounded per resource and in all', () => {
    const table = new DeadProperties();
    expect(() => table.replace('/a', property('x'.repeat(70_000)))).toThrow('too many');
    for (let index = 0; index < 279; index += 1) table.replace(`/${index}`, property('x'.repeat(60_000)));
    expect(() => table.replace('/more', property('x'.repeat(60_000)))).toThrow('too many');
    table.forget('/');
    expect(() => table.replace('/more', property('x'.repeat(60_000)))).not.toThrow();
  });
});

describe('XML', () => {
  test.each([
    '',
    '<a>',
    '<a/><b/>',
    '<p:a/>',
    '<a xmlns:p=""/>',
    '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>',
    '<a>&e;</a>',
    '<a>'.repeat(40) + '</a>'.repeat(40),
  ])('%s is refused', (text) =>
    expect(() => parseXml(text)).toThrow(expect.objectContaining({ status: 400 })),
  );

  test('what was read is written so that it means the same', () => {
    const text =
      '<x:p xmlns:x="n" xmlns:y="m" y:a="1" b="&lt;" xml:lang="de">t<![CDATA[<&]]><y:q/>&#233;</x:p>';
    const element = parseXml(text);
    expect(parseXml(writeElement(element))).toEqual(element);
  });

  test('any text can be written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(() => parseXml(`<a>${escapeText(text)}</a>`)).not.toThrow();
      }),
    );
  });
});

describe('idleness', () => {
  test('begins when the last use ends', () => {
    let now = 0;
    const idle = new IdleClock(() => now);
    now = 5;
    expect(idle.idleMs()).toBe(5);
    const [first, second] = [idle.begin(), idle.begin()];
    now = 50;
    first();
    first();
    expect(idle.idleMs()).toBe(0);
    second();
    now = 60;
    expect(idle.idleMs()).toBe(10);
  });

  test.each([
    ['GET', {}, true],
    ['PUT', {}, true],
    ['PROPFIND', {}, false],
    ['OPTIONS', {}, false],
    ['HEAD', {}, false],
    ['UNLOCK', {}, false],
    ['LOCK', { 'content-length': '200' }, true],
    ['LOCK', {}, false],
    ['LOCK', { 'content-length': '0' }, false],
  ])('%s %j is a use: %s', (method, headers, uses) => expect(isUse({ method, headers })).toBe(uses));
});

test.each([
  ['ENOSPC', 507, 'sufficient-disk-space'],
  ['EDQUOT', 507, 'quota-not-exceeded'],
  ['ESTALE', 404, undefined],
  ['EACCES', 403, undefined],
] as const)('%s of the operating system is answered with %i', (code, status, condition) => {
  const errno = -constants.errno[code];
  // As Node makes it: it has no names for some.
  const name = getSystemErrorMap().get(errno)?.[0] ?? `Unknown system error ${errno}`;
  const error = Object.assign(new Error(name), { errno, code: name, syscall: 'write' });
  expect(fromSystemError(error)).toMatchObject({ status, condition });
});

test('settings are those of the four variables', () => {
  expect(readSettings({})).toEqual({ baseHref: '/', directory: './', port: 8000, timeoutSeconds: 600 });
  const variables = {
    WORBLEHAT_BASE_HREF: '/f',
    WORBLEHAT_DIR: '/mnt',
    WORBLEHAT_PORT: '1',
    WORBLEHAT_TIMEOUT: '2',
  };
  expect(readSettings(variables)).toEqual({ baseHref: '/f', directory: '/mnt', port: 1, timeoutSeconds: 2 });
  expect(() => readSettings({ WORBLEHAT_TIMEOUT: '0' })).toThrow('WORBLEHAT_TIMEOUT must be');
});

test('turns of one key follow each other, whatever their outcome', async () => {
  const turns = new Turns();
  const order: string[] = [];
  const step = (name: string, keys: string[], fails = false) =>
    turns.take(keys, async () => {
      order.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      order.push(`${name} ends`);
      if (fails) throw new Error(name);
    });
  await Promise.allSettled([step('1', ['a'], true), step('2', ['a', 'b']), step('3', ['b'])]);
  expect(order).toEqual(['1 begins', '1 ends', '2 begins', '2 ends', '3 begins', '3 ends']);
});
