import * as fc from 'fast-check';
import {
  bytesLabel,
  type HomeAmount,
  type HomeShortage,
  homeMessage,
  homeReportIn,
  homeSpaceNotice,
  homeSpaceText,
  homeWarning,
  readHomeReport,
  shortageOf,
} from '../../../src/domain/home-space';
import { AN_INSTANT, FULL_HOME } from '../../support/builders';

const MIB = 1024 ** 2;
const LIMITS = {
  minimumFree: { bytes: 16 * MIB, files: 100 },
  warnBelow: { bytes: 200 * MIB, files: 1_000 },
};
const bytes = (free: number): HomeAmount => ({ resource: 'bytes', free, total: 1024 * MIB });
const files = (free: number): HomeAmount => ({ resource: 'files', free, total: 5_000 });

describe('what a home directory lacks', () => {
  test.each<[string, HomeAmount[], unknown]>([
    ['nothing with enough of both', [bytes(200 * MIB), files(1_000)], null],
    ['nothing where neither is known', [], null],
    [
      'space for comfort',
      [bytes(200 * MIB - 1), files(1_000)],
      expect.objectContaining({ level: 'low', limit: 200 * MIB }),
    ],
    [
      'space to start',
      [bytes(16 * MIB - 1), files(1_000)],
      expect.objectContaining({ level: 'full', limit: 16 * MIB }),
    ],
    [
      'files for comfort',
      [bytes(200 * MIB), files(999)],
      expect.objectContaining({ level: 'low', resource: 'files' }),
    ],
    [
      'files to start, whatever else is low',
      [bytes(100 * MIB), files(99)],
      expect.objectContaining({ level: 'full', resource: 'files' }),
    ],
    [
      'what is left of the quota',
      [bytes(0), bytes(900 * MIB)],
      expect.objectContaining({ level: 'full', free: 0 }),
    ],
  ])('is %s', (_, amounts, expected) => {
    expect(shortageOf(amounts, LIMITS)).toEqual(expected);
  });

  test.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [1023, '1023 bytes'],
    [1024, '1 KiB'],
    [3.19 * MIB, '3.1 MiB'],
    [10 * 1024 * MIB - 1, '9.9 GiB'],
    [2 ** 63, '8 EiB'],
    [Number.MAX_VALUE, expect.stringContaining('EiB')],
  ])('%d bytes are shown as %s, never as more than they are', (amount, label) => {
    expect(bytesLabel(amount)).toEqual(label);
  });
});

describe('what a user is told of a home directory', () => {
  const QUOTA: HomeShortage = {
    level: 'low',
    resource: 'files',
    free: 7,
    total: 2_000,
    limit: 100,
    reportedAt: '2077-10-23T09:41:30.000Z',
  };
  const URL = 'https://data.example/files';

  test.each([
    [
      'refused, with a file server',
      { shortage: FULL_HOME, isRefused: true },
      URL,
      'Your home directory is full: 3 MiB of 10 GiB are free, JupyterLab needs 16 MiB. Remove files at https://data.example/files, then start the lab again.',
    ],
    [
      'refused, without one',
      { shortage: FULL_HOME, isRefused: true },
      null,
      'Your home directory is full: 3 MiB of 10 GiB are free, JupyterLab needs 16 MiB. Choose on the next spawn page to start all the same, and remove files in the lab.',
    ],
    [
      'full, and started all the same',
      { shortage: { level: 'full', refusal: 'EDQUOT' } as const, isRefused: false },
      URL,
      'Your home directory is full: your quota is used up. The lab starts all the same, but work may be lost: remove files first, here or at https://data.example/files.',
    ],
    [
      'low by a quota report',
      { shortage: QUOTA, isRefused: false },
      null,
      'Your home directory is almost full: 7 of 2000 files can still be made by the quota report of 2077-10-23 09:41 UTC. Remove files that you do not need.',
    ],
  ])('that is %s', (_, report, url, expected) => {
    expect(homeSpaceText(report, url)).toBe(expected);
  });

  test('the end of a lab holds all of the usual message, which is short enough for that', () => {
    const text = homeSpaceText({ shortage: FULL_HOME, isRefused: true }, URL);
    expect(text.length).toBeLessThanOrEqual(200);
  });

  test('in a page it is a notice of one block', () => {
    const notice = homeSpaceNotice({ shortage: FULL_HOME, isRefused: false }, URL);
    expect(
      notice
        .trimEnd()
        .split('\n')
        .every((line) => line.startsWith('> ')),
    ).toBe(true);
    expect(notice).toContain('**Your home directory is full.**');
  });

  test('among the events of a starting pod it is a warning, at the time of the check', () => {
    const report = { shortage: FULL_HOME, isRefused: false };
    expect(homeWarning('u1', report, '2077-01-01T00:00:00.000Z')).toMatchObject({
      podUid: 'u1',
      type: 'Warning',
      reason: 'HomeSpace',
      time: '2077-01-01T00:00:00.000Z',
    });
    expect(homeWarning('u1', { ...report, at: AN_INSTANT }, '2077-01-01T00:00:00.000Z').time).toBe(
      AN_INSTANT,
    );
  });
});

describe('the termination message of the check', () => {
  const shortages: readonly HomeShortage[] = [
    FULL_HOME,
    { ...FULL_HOME, level: 'low' },
    { level: 'full', refusal: 'ENOSPC' },
    { level: 'low', resource: 'files', free: 1, total: 2, limit: 3, reportedAt: AN_INSTANT },
  ];

  test.each(shortages)('holds what was found: %j', (shortage) => {
    expect(homeReportIn(homeMessage(shortage), { exitCode: 0, at: AN_INSTANT })).toEqual({
      shortage,
      isRefused: false,
      at: AN_INSTANT,
    });
  });

  test('of a container that failed refuses a full home, and nothing else', () => {
    expect(homeReportIn(homeMessage(FULL_HOME), { exitCode: 1 })).toEqual({
      shortage: FULL_HOME,
      isRefused: true,
    });
    expect(homeReportIn(homeMessage({ ...FULL_HOME, level: 'low' }), { exitCode: 1 })).toBeNull();
  });

  test.each([
    ['nothing', ''],
    ['a text', 'out of memory'],
    ['JSON of another kind', '{"homeSpace": true}'],
    ['null', 'null'],
    ['an unknown level', homeMessage({ ...FULL_HOME, level: 'empty' } as unknown as HomeShortage)],
    ['a negative number', homeMessage({ ...FULL_HOME, free: -1 })],
    ['an infinite number', homeMessage(FULL_HOME).replace('"free":3145728', '"free":1e999')],
    ['an unknown error', homeMessage({ level: 'full', refusal: 'EIO' } as unknown as HomeShortage)],
    ['too much', `${homeMessage(FULL_HOME)}${' '.repeat(1_024)}`],
    ['nesting without end', `${'['.repeat(500)}${']'.repeat(500)}`],
  ])('is no report with %s', (_, message) => {
    expect(homeReportIn(message, { exitCode: 1 })).toBeNull();
  });

  test('drops fields that it does not know, and an instant that is none', () => {
    const hostile = { ...FULL_HOME, reportedAt: '<script>', more: 'x'.repeat(500) };
    expect(homeReportIn(homeMessage(hostile), { exitCode: 0 })?.shortage).toEqual(FULL_HOME);
  });

  test('never throws, and gives only what another process reads again', () => {
    const anything = fc.oneof(
      fc.json(),
      fc.string(),
      fc.record({ homeSpace: fc.record({ level: fc.anything(), free: fc.anything() }) }).map((value) => {
        try {
          return JSON.stringify(value) ?? '';
        } catch {
          return '';
        }
      }),
    );
    fc.assert(
      fc.property(anything, fc.integer(), (message, exitCode) => {
        const report = homeReportIn(message, { exitCode });
        expect(report && readHomeReport(report)).toEqual(report);
      }),
    );
  });
});
