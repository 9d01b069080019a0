import { existsSync, symlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { ensureSpace, isExpired, writeMegabyte } from '../../../../src/init-containers/startup/space';
import { aDirectory, contentsOf, withFiles } from '../directories';
import { aStartup, systemError } from './a-startup';

const CACHES = { '.cache/pip/x': 'x', '.astropy/cache/download/y': 'y', '.astropy/config': 'z' };

/** Fails while there is anything in the caches, like a disk that they have filled. */
const untilEmpty = (home: string): void => {
  if (existsSync(join(home, '.cache/pip'))) throw systemError(constants.errno.EDQUOT, home);
};

describe('space in a home directory', () => {
  test('space in a home directory that is there leaves nothing behind', () => {
    const home = withFiles(aDirectory(), CACHES);
    const before = contentsOf(home);
    ensureSpace(home, writeMegabyte, () => {});
    expect(contentsOf(home)).toEqual(before);
  });

  test('space in a home directory is made by emptying caches', () => {
    const home = withFiles(aDirectory(), CACHES);
    const lines: string[] = [];
    ensureSpace(home, untilEmpty, (line) => lines.push(line));
    expect(contentsOf(home)).toEqual({
      '.astropy/': '755',
      '.astropy/cache/': '755',
      '.astropy/config': 'z',
      '.cache/': '755',
    });
    expect(lines).toEqual([
      `warning: 1 MB could not be written to ${home}: Disk quota exceeded`,
      `${home}/.cache was emptied`,
      `${home}/.astropy/cache was emptied`,
    ]);
  });

  test('space in a home directory is not made behind links', () => {
    const elsewhere = withFiles(aDirectory(), { 'precious.txt': 'x' });
    const home = aDirectory();
    symlinkSync(elsewhere, join(home, '.cache'));
    const write = () => {
      throw systemError(constants.errno.ENOSPC, home);
    };
    expect(() => ensureSpace(home, write, () => {})).toThrow(expect.objectContaining({ errno: -28 }));
    expect(contentsOf(elsewhere)).toEqual({ 'precious.txt': 'x' });
    expect(contentsOf(home)['.cache']).toBe(`-> ${elsewhere}`);
  });

  test('space in a home directory that a cache took lets the lab start as usual', async () => {
    const startup = aStartup();
    withFiles(startup.home, CACHES);
    await startup.run({ writeMegabyte: untilEmpty });
    expect(startup.environment()).not.toHaveProperty('ABNORMAL_STARTUP');
  });

  test('space in a home directory is written to without following a link in its place', () => {
    const home = withFiles(aDirectory(), { 'precious.txt': 'x' });
    symlinkSync(join(home, 'precious.txt'), join(home, '.nublado-space-check'));
    writeMegabyte(home);
    expect(contentsOf(home)).toEqual({ 'precious.txt': 'x' });
  });
});

describe("Astropy's downloads", () => {
  const NOW = new Date('2026-01-15T09:30:00Z');
  const EXPIRED = 'https://s3.example/x?Expires=1768000000&Signature=s';
  const VALID = 'https://s3.example/y?X=1&expires=1800000000';

  test.each([
    [EXPIRED, true],
    [`${EXPIRED}\n`, true],
    [VALID, false],
    ['https://s3.example/z', false],
    ['https://s3.example/z?Expires=soon', false],
    ['no address', false],
  ])("Astropy's downloads at %s are expired: %s", (address, expected) => {
    expect(isExpired(address, NOW)).toBe(expected);
  });

  test("Astropy's downloads are removed once expired", async () => {
    const startup = aStartup();
    const cache = withFiles(join(startup.home, '.astropy/cache/download/url'), {
      'a/url': EXPIRED,
      'a/contents': 'data',
      'b/url': VALID,
      'b/contents': 'data',
      'c/url': EXPIRED,
      'd/contents': 'data',
    });
    await startup.run();
    expect(contentsOf(cache)).toEqual({
      'b/': '755',
      'b/contents': 'data',
      'b/url': VALID,
      'd/': '755',
      'd/contents': 'data',
    });
  });

  test("Astropy's downloads stay where something else is among them", async () => {
    const startup = aStartup();
    const cache = withFiles(join(startup.home, '.astropy/cache/download/url'), {
      'a/url': EXPIRED,
      'a/notes': 'mine',
    });
    const lines = await startup.run();
    expect(contentsOf(cache)).toMatchObject({ 'a/notes': 'mine' });
    expect(lines).toContainEqual(expect.stringMatching(/^warning: .*\/a was not removed: /));
  });
});
