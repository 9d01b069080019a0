import { mkdirSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { quotaOf, readQuota } from '../../../../src/init-containers/home-space/quota-report';
import { aDirectory, withFiles } from '../directories';

const WRITTEN = new Date('2077-10-23T09:41:00.000Z');
const NOW = new Date('2077-10-23T10:00:00.000Z');
const HOUR_MS = 3_600_000;

const REPORT = `# uid used limit files limit
1100 5 0
1101 900 1000 40 50
  1102\t1200 1000
1103 10 0 7 9
`;

describe('the line of a user in a quota report', () => {
  const reportedAt = WRITTEN.toISOString();

  test.each([
    [
      'with both limits',
      1101,
      [
        { resource: 'bytes', free: 100, total: 1000, reportedAt },
        { resource: 'files', free: 10, total: 50, reportedAt },
      ],
    ],
    ['beyond the limit', 1102, [{ resource: 'bytes', free: 0, total: 1000, reportedAt }]],
    ['with a limit of files alone', 1103, [{ resource: 'files', free: 2, total: 9, reportedAt }]],
    ['without a limit', 1100, []],
    ['that is not there', 1104, []],
  ])('%s', (_, uid, expected) => {
    expect(quotaOf(REPORT, uid, WRITTEN)).toEqual(expected);
  });

  test.each([
    '1101',
    '1101 5',
    '1101 5 x',
    '1101 -5 10',
    '1101 5 10 1',
    '1101 1e3 10',
    `1101 ${'9'.repeat(16)} 1`,
  ])('of another form is no quota: %s', (line) => {
    expect(() => quotaOf(`${line}\n`, 1101, WRITTEN)).toThrow('the line of user 1101 is not');
  });
});

describe('a quota report', () => {
  function read(path: string, maxAgeMs = HOUR_MS) {
    const lines: string[] = [];
    const amounts = readQuota(
      { path, maxAgeMs },
      { uid: 1101, now: NOW, report: (line) => lines.push(line) },
    );
    return { amounts, lines };
  }

  function aReport(text = REPORT): string {
    const path = join(withFiles(aDirectory(), { quota: text }), 'quota');
    utimesSync(path, WRITTEN, WRITTEN);
    return path;
  }

  test('is read, with the time of the file', () => {
    const { amounts, lines } = read(aReport());
    expect(amounts[0]).toMatchObject({ free: 100, reportedAt: WRITTEN.toISOString() });
    expect(lines).toEqual([]);
  });

  test.each<[string, () => string, RegExp]>([
    ['is missing', () => join(aDirectory(), 'quota'), /No such file/],
    [
      'is a link',
      () => {
        const directory = aDirectory();
        symlinkSync(aReport(), join(directory, 'quota'));
        return join(directory, 'quota');
      },
      /symbolic link/i,
    ],
    [
      'is a directory',
      () => {
        const path = join(aDirectory(), 'quota');
        mkdirSync(path);
        return path;
      },
      /it is not a file/,
    ],
    [
      'is too large',
      () => {
        const path = aReport();
        truncateSync(path, 4 * 2 ** 20 + 1);
        return path;
      },
      /more than 4194304 bytes/,
    ],
    ['is of another form', () => aReport('1101 a lot\n'), /the line of user 1101/],
  ])('that %s says nothing, with a warning', (_, make, words) => {
    const path = make();
    const { amounts, lines } = read(path);
    expect(amounts).toEqual([]);
    expect(lines).toEqual([expect.stringMatching(words)]);
    expect(lines[0]).toContain(`warning: the quota report ${path} is not used: `);
  });

  test('that is too old says nothing', () => {
    const { amounts, lines } = read(aReport(), 60_000);
    expect(amounts).toEqual([]);
    expect(lines).toEqual([expect.stringContaining('was written at 2077-10-23T09:41:00.000Z')]);
  });

  test('without the user says nothing', () => {
    const path = aReport('1 2 3\n');
    expect(read(path)).toEqual({ amounts: [], lines: [`${path} has no quota of user 1101`] });
  });

  test('that is a pipe is not waited for', () => {
    writeFileSync(join(aDirectory(), 'x'), '');
    expect(read('/dev/null').lines).toEqual([expect.stringContaining('it is not a file')]);
  });
});
