import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { constants as os } from 'node:os';
import { join } from 'node:path';
import { homeReportIn } from '../../../../src/domain/home-space';
import {
  amountsOf,
  checkHome,
  type HomeCheck,
  type HomeCheckDependencies,
} from '../../../../src/init-containers/home-space/check';
import { readHomeNotice } from '../../../../src/init-containers/home-space/notice';
import { terminationLog } from '../../../../src/init-containers/home-space/termination-log';
import { writeMegabyte } from '../../../../src/init-containers/startup/space';
import { aDirectory, asRoot, withFiles } from '../directories';

const MIB = 1024 ** 2;
const NOTHING = { minimumFree: { bytes: 0, files: 0 }, warnBelow: { bytes: 0, files: 0 } };
/** More than any file system has. */
const ALL = { bytes: 2 ** 70, files: 2 ** 70 };

interface Outcome {
  readonly mayStart: boolean;
  readonly lines: readonly string[];
  readonly messages: readonly string[];
  readonly notice: string | null;
}

function check(changes: Partial<HomeCheck> = {}, further: Partial<HomeCheckDependencies> = {}): Outcome {
  const lines: string[] = [];
  const messages: string[] = [];
  const startup = aDirectory();
  const mayStart = checkHome(
    {
      home: aDirectory(),
      uid: 1101,
      limits: NOTHING,
      quota: null,
      startsFull: false,
      emptiesCaches: false,
      filesUrl: null,
      ...changes,
    },
    {
      writeMegabyte: () => undefined,
      tell: (message) => messages.push(message),
      startup,
      now: new Date(),
      report: (line) => lines.push(line),
      ...further,
    },
  );
  return { mayStart, lines, messages, notice: readHomeNotice(startup) };
}

const systemError = (code: 'EDQUOT' | 'ENOSPC' | 'EACCES') =>
  Object.assign(new Error(code), { errno: -os.errno[code] });

/** Writing that fails, a number of times. */
function failingWrites(code: 'EDQUOT' | 'ENOSPC' | 'EACCES', times = Number.POSITIVE_INFINITY) {
  let failures = 0;
  return () => {
    failures += 1;
    if (failures <= times) throw systemError(code);
  };
}

const reportOf = ({ messages, mayStart }: Outcome) =>
  homeReportIn(messages[0] ?? '', { exitCode: mayStart ? 0 : 1 });

describe('the check of a home directory', () => {
  test('says nothing to the cluster of one with enough', () => {
    const home = aDirectory();
    expect(check({ home })).toEqual({
      mayStart: true,
      lines: [`${home} has enough space`],
      messages: [],
      notice: null,
    });
  });

  test('refuses a full one, with its figures', () => {
    const outcome = check({ limits: { minimumFree: ALL, warnBelow: ALL } });
    expect(outcome).toMatchObject({ mayStart: false, notice: null });
    expect(reportOf(outcome)).toMatchObject({
      isRefused: true,
      shortage: { level: 'full', resource: 'bytes', limit: ALL.bytes, free: expect.any(Number) },
    });
  });

  test('lets the lab start with a full one by choice, with a notice for its pages', () => {
    const filesUrl = 'https://data.example/files';
    const outcome = check({ limits: { minimumFree: ALL, warnBelow: ALL }, startsFull: true, filesUrl });
    expect(outcome.mayStart).toBe(true);
    expect(reportOf(outcome)).toMatchObject({ isRefused: false, shortage: { level: 'full' } });
    expect(outcome.notice).toMatch(
      /^> \*\*Your home directory is full\.\*\*\n> .*, here or at https:\/\/data/,
    );
  });

  test('warns early', () => {
    const outcome = check({ limits: { ...NOTHING, warnBelow: ALL } });
    expect(outcome.mayStart).toBe(true);
    expect(reportOf(outcome)).toMatchObject({ isRefused: false, shortage: { level: 'low' } });
    expect(outcome.notice).toContain('almost full');
  });

  test.each(['EDQUOT', 'ENOSPC'] as const)('believes %s more than the figures', (code) => {
    const outcome = check({}, { writeMegabyte: failingWrites(code) });
    expect(outcome.mayStart).toBe(false);
    expect(reportOf(outcome)).toEqual({ isRefused: true, shortage: { level: 'full', refusal: code } });
  });

  test('leaves other errors of writing to those who write later', () => {
    const outcome = check({}, { writeMegabyte: failingWrites('EACCES') });
    expect(outcome).toMatchObject({ mayStart: true, messages: [] });
    expect(outcome.lines[0]).toMatch(/^warning: 1 MB could not be written to .*: Permission denied$/);
  });

  test('takes a directory that is not there for no reason against the lab', () => {
    const outcome = check({ home: '/nonexistent/rachel' });
    expect(outcome).toMatchObject({ mayStart: true, messages: [] });
    expect(outcome.lines).toEqual([
      'warning: /nonexistent/rachel was not measured: No such file or directory: /nonexistent/rachel',
    ]);
  });

  test('compares a quota report with the file system', () => {
    const path = join(withFiles(aDirectory(), { quota: '1101 1000 1000\n' }), 'quota');
    const limits = { ...NOTHING, minimumFree: { bytes: 1, files: 0 } };
    const outcome = check({ limits, quota: { path, maxAgeMs: 60_000 } });
    expect(outcome.mayStart).toBe(false);
    expect(reportOf(outcome)?.shortage).toMatchObject({
      free: 0,
      total: 1000,
      reportedAt: expect.any(String),
    });
  });

  test.each([
    ['empties caches where the start-up container would do so', true, []],
    ['leaves caches alone elsewhere', false, ['x']],
  ])('%s', (_, emptiesCaches, left) => {
    const home = withFiles(aDirectory(), { '.cache/x': 'x' });
    const outcome = check({ home, emptiesCaches }, { writeMegabyte: failingWrites('ENOSPC', 1) });
    expect(readdirSync(join(home, '.cache'))).toEqual(left);
    expect(outcome.mayStart).toBe(emptiesCaches);
  });

  test('goes on without the place for the notice', () => {
    const limits = { ...NOTHING, warnBelow: ALL };
    expect(check({ limits }, { startup: null })).toMatchObject({ mayStart: true, notice: null });
    const unwritable = check({ limits }, { startup: '/etc/passwd/startup' });
    expect(unwritable.mayStart).toBe(true);
    expect(unwritable.lines.at(-1)).toContain('warning: /etc/passwd/startup/home-space.md was not written');
  });
});

test('a file system without a number of blocks or inodes has none to be short of', () => {
  const figures = { bsize: 4096n, blocks: 10n, bavail: 3n, files: 7n, ffree: 2n };
  expect(amountsOf(figures)).toEqual([
    { resource: 'bytes', free: 12_288, total: 40_960 },
    { resource: 'files', free: 2, total: 7 },
  ]);
  expect(amountsOf({ ...figures, blocks: 0n, files: 0n })).toEqual([]);
});

describe('the notice', () => {
  test.each([
    ['is not there', () => undefined],
    ['is a link', (path: string) => symlinkSync('/etc/passwd', path)],
    ['is a directory', (path: string) => mkdirSync(path)],
  ])('that %s is none', (_, make) => {
    const directory = aDirectory();
    make(join(directory, 'home-space.md'));
    expect(readHomeNotice(directory)).toBeNull();
  });

  test('is read up to a bound', () => {
    const directory = withFiles(aDirectory(), { 'home-space.md': 'x'.repeat(10_000) });
    expect(readHomeNotice(directory)).toHaveLength(4_096);
  });
});

describe('the termination log', () => {
  test('gets the message in place of an earlier one', () => {
    const path = join(withFiles(aDirectory(), { log: 'something longer' }), 'log');
    terminationLog(path, () => undefined)('new');
    expect(readFileSync(path, 'utf8')).toBe('new');
  });

  test('is not made where the kubelet has made none', () => {
    const directory = aDirectory();
    const lines: string[] = [];
    terminationLog(join(directory, 'log'), (line) => lines.push(line))('new');
    expect(readdirSync(directory)).toEqual([]);
    expect(lines).toEqual([expect.stringContaining('warning: the termination message was not written')]);
  });
});

asRoot('a small file system', () => {
  let home: string;

  beforeEach(() => {
    home = aDirectory();
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m,nr_inodes=400', 'tmpfs', home]);
  });

  afterEach(() => {
    execFileSync('umount', [home]);
    rmSync(home, { recursive: true });
  });

  const limits = {
    minimumFree: { bytes: 2 * MIB, files: 20 },
    warnBelow: { bytes: 4 * MIB, files: 100 },
  };
  const measured = () => check({ home, limits }, { writeMegabyte });

  test('is measured as it fills', () => {
    expect(measured().messages).toEqual([]);
    writeFileSync(join(home, 'data'), Buffer.alloc(5 * MIB));
    expect(reportOf(measured())).toMatchObject({
      isRefused: false,
      shortage: { level: 'low', free: 3 * MIB },
    });
    writeFileSync(join(home, 'more'), Buffer.alloc(3 * MIB - 8_192));
    expect(reportOf(measured())).toMatchObject({
      isRefused: true,
      shortage: { level: 'full', total: 8 * MIB },
    });
    expect(readdirSync(home)).toEqual(['data', 'more']);
  });

  test('is measured in files too', () => {
    for (let count = 0; count < 385; count += 1) writeFileSync(join(home, `f${count}`), '');
    expect(reportOf(measured())?.shortage).toMatchObject({ level: 'full', resource: 'files', total: 400 });
  });
});
