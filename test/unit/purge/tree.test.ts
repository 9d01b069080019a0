import { execFileSync } from 'node:child_process';
import {
  linkSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { MAX_DEPTH } from '../../../src/purge/walk';
import { aDirectory, asRoot, contentsOf, withoutRoot } from '../init-containers/directories';
import { aFile, monthly, purged, withAges } from './scratch';

const namesOf = (directory: string) => Object.keys(contentsOf(directory));

test('what is due goes, with the directories that are empty then, and the rest stays', async () => {
  const root = withAges(aDirectory(), { old: 31, new: 29, 'a/b/old': 40, 'a/new': 1, 'c/d/e/old': 365 });
  mkdirSync(join(root, 'empty'));
  const { summary, removed, removedDirectories } = await purged([monthly(root)]);
  expect(namesOf(root)).toEqual(['a/', 'a/new', 'empty/', 'new']);
  expect(removed.map(({ path }) => path).toSorted()).toEqual([
    `${root}/a/b/old`,
    `${root}/c/d/e/old`,
    `${root}/old`,
  ]);
  expect(removedDirectories.toSorted()).toEqual([`${root}/a/b`, `${root}/c`, `${root}/c/d`, `${root}/c/d/e`]);
  expect(summary.total).toEqual({
    files: 5,
    removedFiles: 3,
    removedBytes: 3,
    removedDirectories: 4,
    links: 0,
    mounts: 0,
    vanished: 0,
    changed: 0,
    errors: 0,
  });
});

test('a dry run tells the same and changes nothing', async () => {
  const root = withAges(aDirectory(), { old: 31, 'a/b/old': 40, 'c/new': 1 });
  const before = contentsOf(root);
  const dry = await purged([monthly(root)], { isDryRun: true });
  expect(contentsOf(root)).toEqual(before);
  const real = await purged([monthly(root)]);
  expect(real.summary.total).toEqual(dry.summary.total);
  expect(real.removed.map(({ path }) => path)).toEqual(dry.removed.map(({ path }) => path));
  expect(real.removedDirectories).toEqual(dry.removedDirectories);
  expect(namesOf(root)).toEqual(['c/', 'c/new']);
});

test('a dry run for a time ahead tells what will be due', async () => {
  const root = withAges(aDirectory(), { soon: 25, later: 10 });
  const whenMs = Date.now() + 7 * 86_400_000;
  const { removed } = await purged([monthly(root)], { isDryRun: true, whenMs });
  expect(removed.map(({ path, reason }) => [path, reason])).toEqual([[`${root}/soon`, 'modification']]);
});

test('a root stays when it is emptied', async () => {
  const root = withAges(aDirectory(), { old: 31 });
  await purged([monthly(root, { emptyDirectories: 'all' })]);
  expect(readdirSync(root)).toEqual([]);
});

test.each([
  ['emptied', ['empty/', 'empty/inner/']],
  ['all', []],
  ['keep', ['a/', 'a/b/', 'empty/', 'empty/inner/']],
] as const)('with emptyDirectories %s the right ones stay', async (emptyDirectories, left) => {
  const root = withAges(aDirectory(), { 'a/b/old': 31 });
  mkdirSync(join(root, 'empty/inner'), { recursive: true });
  await purged([monthly(root, { emptyDirectories })]);
  expect(namesOf(root)).toEqual(left);
});

test('large and small files are kept for times of their own', async () => {
  const root = aDirectory();
  for (const [name, size] of [['small', 999] as const, ['large', 1000] as const]) {
    aFile(join(root, name), 5);
    truncateSync(join(root, name), size);
    const time = new Date(Date.now() - 5 * 86_400_000);
    utimesSync(join(root, name), time, time);
  }
  const { intervals } = monthly(root);
  const large = { ...intervals.large, modificationIntervalMs: 86_400_000 };
  const { removed } = await purged([monthly(root, { intervals: { ...intervals, large } })]);
  expect(removed).toEqual([expect.objectContaining({ path: `${root}/large`, size: 'large', bytes: 1000 })]);
});

test('a directory inside another has its own policy alone, and neither it nor what is above it goes', async () => {
  const root = withAges(aDirectory(), {
    old: 31,
    'a/inner/old': 31,
    'a/inner/older': 100,
    'b/missing-parent/old': 31,
  });
  const inner = monthly(join(root, 'a/inner'), { emptyDirectories: 'all' });
  const missing = monthly(join(root, 'b/missing-parent/missing'));
  const never = { accessIntervalMs: null, creationIntervalMs: null, modificationIntervalMs: null };
  const hundred = { ...never, modificationIntervalMs: 99 * 86_400_000 };
  const lasting = { ...inner, intervals: { small: hundred, large: hundred } };
  const { summary } = await purged([monthly(root, { emptyDirectories: 'all' }), lasting, missing]);
  expect(namesOf(root)).toEqual(['a/', 'a/inner/', 'a/inner/old', 'b/', 'b/missing-parent/']);
  expect(summary.directories.map(({ counts }) => [counts.removedFiles, counts.errors])).toEqual([
    [2, 0],
    [1, 0],
    [0, 1],
  ]);
  expect(summary.failures).toEqual([
    { path: missing.path, message: expect.stringContaining('ENOENT: no such file or directory') },
  ]);
});

test('links stay, whatever they lead to, and are not followed', async () => {
  const outside = withAges(aDirectory(), { old: 400, 'sub/old': 400 });
  const root = withAges(aDirectory(), { 'a/old': 31 });
  symlinkSync(outside, join(root, 'to-directory'));
  symlinkSync(join(outside, 'old'), join(root, 'a/to-file'));
  symlinkSync('missing', join(root, 'dangling'));
  lutimesSync(join(root, 'dangling'), 0, 0);
  const { summary } = await purged([monthly(root, { emptyDirectories: 'all' })]);
  expect(readdirSync(root).toSorted()).toEqual(['a', 'dangling', 'to-directory']);
  expect(readdirSync(join(root, 'a'))).toEqual(['to-file']);
  expect(namesOf(outside)).toEqual(['old', 'sub/', 'sub/old']);
  expect(summary.total).toMatchObject({ links: 3, removedFiles: 1, errors: 0 });
});

test('a root behind a link is refused, and the other directories are purged', async () => {
  const [root, other] = [withAges(aDirectory(), { old: 31 }), withAges(aDirectory(), { old: 31 })];
  const links = aDirectory();
  symlinkSync(root, join(links, 'scratch'));
  const { summary } = await purged([monthly(join(links, 'scratch')), monthly(other)]);
  expect([readdirSync(root), readdirSync(other)]).toEqual([['old'], []]);
  expect(summary.failures).toEqual([
    {
      path: join(links, 'scratch'),
      message: `${links}/scratch is a symbolic link; give the path without links`,
    },
  ]);
});

test('a hard link goes by itself', async () => {
  const outside = withAges(aDirectory(), { file: 31 });
  const root = aDirectory();
  linkSync(join(outside, 'file'), join(root, 'file'));
  await purged([monthly(root)]);
  expect([readdirSync(root), readdirSync(outside)]).toEqual([[], ['file']]);
});

test('names of any bytes are handled', async () => {
  const root = aDirectory();
  const names = ['two\nlines', '-rf', ' ', '"quoted"', '\u202eright', '*'].map((name) => Buffer.from(name));
  for (const name of [...names, Buffer.from([0xff, 0xfe, 0x0a])]) {
    const path = Buffer.concat([Buffer.from(`${root}/`), name]);
    writeFileSync(path, '');
    utimesSync(path, 0, 0);
  }
  const directory = Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xfd])]);
  mkdirSync(directory);
  const inside = Buffer.concat([directory, Buffer.from('/\n')]);
  writeFileSync(inside, '');
  utimesSync(inside, 0, 0);
  const { summary } = await purged([monthly(root)]);
  expect(readdirSync(root)).toEqual([]);
  expect(summary.total).toMatchObject({ removedFiles: 8, removedDirectories: 1, errors: 0 });
});

test('pipes go as files do, and nothing is opened that could block', async () => {
  const root = aDirectory();
  execFileSync('mkfifo', [join(root, 'pipe')]);
  utimesSync(join(root, 'pipe'), 0, 0);
  const { summary } = await purged([monthly(root)]);
  expect(summary.total).toMatchObject({ removedFiles: 1, errors: 0 });
});

test('what lies too deep is left and told, and the handles stay few', async () => {
  const root = aDirectory();
  const { length } = Array.from({ length: MAX_DEPTH + 5 });
  const path = Array.from({ length }, () => 'd').join('/');
  mkdirSync(join(root, path), { recursive: true });
  aFile(join(root, path, 'old'), 31);
  aFile(join(root, 'd/old'), 31);
  const handles = () => readdirSync('/proc/self/fd').length;
  const before = handles();
  const { summary } = await purged([monthly(root)]);
  expect(handles()).toBe(before);
  expect(summary.total).toMatchObject({ removedFiles: 1, errors: 1 });
  expect(summary.failures[0]?.message).toBe(`is more than ${MAX_DEPTH} levels deep and was not entered`);
});

test('errors are told and counted, some of many are shown, and the purge goes on', async () => {
  const root = aDirectory();
  for (let index = 0; index < 150; index += 1) aFile(join(root, `closed/${index}`), 31);
  aFile(join(root, 'open/old'), 31);
  execFileSync('chmod', ['-R', 'a+rwX', root]);
  execFileSync('chmod', ['555', join(root, 'closed')]);
  const { summary, logged } = await withoutRoot(() => purged([monthly(root)]));
  execFileSync('chmod', ['755', join(root, 'closed')]);
  expect(summary.total).toMatchObject({ files: 151, removedFiles: 1, errors: 150 });
  expect(summary.failures).toHaveLength(100);
  expect(summary.failures[0]?.message).toBe('EACCES: permission denied');
  expect(logged).toHaveLength(101);
  expect(logged.at(-1)?.event).toBe('further failures are only counted');
});

test('a directory that cannot be listed stays, and is told once', async () => {
  const root = withAges(aDirectory(), { 'closed/old': 31, old: 31 });
  execFileSync('chmod', ['777', root]);
  execFileSync('chmod', ['000', join(root, 'closed')]);
  const { summary } = await withoutRoot(() => purged([monthly(root)]));
  execFileSync('chmod', ['755', join(root, 'closed')]);
  expect(summary.total).toMatchObject({ removedFiles: 1, errors: 1, removedDirectories: 0 });
  expect(summary.failures).toEqual([{ path: `${root}/closed`, message: 'EACCES: permission denied' }]);
});

test('a signal ends it between two entries, without removing what was not seen in full', async () => {
  const root = withAges(aDirectory(), { 'a/1': 31, 'a/2': 31, 'a/3': 31 });
  const stop = new AbortController();
  const { summary } = await purged([monthly(root)], { signal: stop.signal, expired: () => stop.abort() });
  expect(summary).toMatchObject({ isInterrupted: true, total: { removedFiles: 1, removedDirectories: 0 } });
  expect(readdirSync(join(root, 'a'))).toHaveLength(2);
});

test('progress is logged at a bounded rate, also where nothing is due', async () => {
  const root = aDirectory();
  for (let index = 0; index < 640; index += 1) aFile(join(root, `${index}`), 1);
  let now = 0;
  const clock = () => {
    now += 1000;
    return now;
  };
  const { logged } = await purged([monthly(root)], { clock });
  expect(logged.length).toBeGreaterThanOrEqual(1);
  expect(logged.length).toBeLessThanOrEqual(2);
  expect(logged[0]).toMatchObject({ event: 'purge in progress', fields: { removedFiles: 0, path: root } });
});

asRoot('mount points', () => {
  /** Mounts, acts and unmounts; false where mounting is not allowed. */
  async function mounted(options: readonly string[], at: string, act: () => Promise<void>): Promise<boolean> {
    try {
      execFileSync('mount', [...options, at], { stdio: 'ignore' });
    } catch {
      return false;
    }
    try {
      await act();
    } finally {
      execFileSync('umount', [at]);
    }
    return true;
  }

  test('are entered only as directories of the policy, also those of the same device', async () => {
    const other = withAges(aDirectory(), { old: 31 });
    const root = withAges(aDirectory(), { 'a/old': 31 });
    const point = join(root, 'a/mounted');
    mkdirSync(point);
    expect(statSync(other).dev).toBe(statSync(root).dev);
    const isMounted = await mounted(['--bind', other], point, async () => {
      const { summary } = await purged([monthly(root, { emptyDirectories: 'all' })]);
      expect(summary.total).toMatchObject({ removedFiles: 1, mounts: 1, errors: 0, removedDirectories: 0 });
      expect(readdirSync(other)).toEqual(['old']);
      await purged([monthly(root), monthly(point)]);
      expect(readdirSync(other)).toEqual([]);
    });
    expect(isMounted).toBe(true);
  });

  test('with noatime are warned about where access counts', async () => {
    const root = aDirectory();
    const { intervals } = monthly(root);
    const small = { ...intervals.small, accessIntervalMs: 1000 };
    const isMounted = await mounted(['-t', 'tmpfs', '-o', 'noatime', 'tmpfs'], root, async () => {
      const { logged } = await purged([monthly(root, { intervals: { ...intervals, small } })]);
      expect(logged.map(({ event }) => event)).toEqual([expect.stringContaining('noatime')]);
      expect((await purged([monthly(root)])).logged).toEqual([]);
    });
    expect(isMounted).toBe(true);
  });
});
