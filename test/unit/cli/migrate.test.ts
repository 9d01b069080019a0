import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';

const MAIN = join(__dirname, '../../../src/cli/main.ts');
const DATA = join(__dirname, '../../data/migration');

interface Outcome {
  readonly code: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `nublado migrate` in a directory. */
function migrate(words: readonly string[], cwd = DATA): Promise<Outcome> {
  const { PATH } = process.env;
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--import', require.resolve('tsx'), MAIN, 'migrate', ...words],
      { cwd, env: { PATH } },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : error.code, stdout, stderr }),
    );
  });
}

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'migrate-'));
});

afterEach(() => rmSync(directory, { recursive: true }));

const CHECK = ['check', '--values', 'chart.yaml', '--values', 'sites/observatory.yaml'];

test('check prints a line for each key, decisions last, and exits with 1 when something is to be decided', async () => {
  const output = join(directory, 'values.yaml');
  const { code, stdout, stderr } = await migrate([...CHECK, '--output', output]);
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  const lines = stdout.split('\n');
  expect(lines[0]).toMatch(/^chart\.yaml:3:3 +controller\.affinity +renamed +-> affinity$/);
  expect(lines.slice(lines.indexOf('To decide:')).join('\n')).toContain(
    '  sites/observatory.yaml:40:1  cloudsql: ',
  );
  expect(stdout).toMatch(
    /\d+ as they are, \d+ renamed, \d+ left out, \d+ for the hub's chart, 8 to decide\n$/,
  );
  expect(parse(readFileSync(output, 'utf8'))).toMatchObject({ gafaelfawr: { enabled: true } });
  expect(statSync(output).mode & 0o777).toBe(0o600);
  expect(readFileSync(output, 'utf8')).not.toContain('a-secret-of-the-site');

  const again = await migrate([...CHECK, '--output', output]);
  expect(again).toMatchObject({ code: 2, stdout: '' });
  expect(again.stderr).toContain('exists already');
});

test('check --json prints one document', async () => {
  const { code, stdout } = await migrate([...CHECK, '--json']);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    files: ['chart.yaml', 'sites/observatory.yaml'],
    counts: { decide: 8 },
    lines: expect.arrayContaining([
      {
        path: 'controller.slackAlerts',
        at: { file: 'sites/observatory.yaml', line: 4, column: 3 },
        outcome: 'renamed',
        to: 'slackWebhook.existingSecret',
        advice: 'the webhook stays in `nublado-secret`',
      },
    ]),
  });
});

test.each([
  ['no files', ['check'], 'no values are given'],
  ['a file that is not there', ['check', '--values', 'none.yaml'], 'none.yaml: cannot be read (ENOENT)'],
  ['a directory', ['check', '--values', '.'], 'cannot be read (EISDIR)'],
  ['an endless file', ['check', '--values', '/dev/zero'], 'is larger than'],
  [
    'values of something else',
    ['check', '--values', 'profiles/teaching.yaml'],
    "no values of the original's chart",
  ],
  ['no profiles', ['profiles', 'chart.yaml'], 'has no list of profiles'],
])('%s: exit code 2, and no report', async (_case, words, message) => {
  const output = join(directory, 'values.yaml');
  const { code, stdout, stderr } = await migrate([...words, '--output', output]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(message);
  expect(existsSync(output)).toBe(false);
});

test('a file that is no text is refused', async () => {
  const path = join(directory, 'values.yaml');
  writeFileSync(path, Buffer.from([0x61, 0x3a, 0x20, 0xff]));
  expect(await migrate(['check', '--values', path])).toMatchObject({ code: 2 });
});

test('nothing to decide: exit code 0', async () => {
  const path = join(directory, 'profiles.json');
  const override = { image: 'quay.io/a/b:1', cpu_limit: 1, mem_limit: '1G' };
  writeFileSync(path, JSON.stringify([{ display_name: 'A', kubespawner_override: override }]));
  const { code, stdout, stderr } = await migrate(['profiles', path]);
  expect(code).toBe(0);
  expect(parse(stdout)).toMatchObject({
    images: { source: { recommended: 'A' } },
    lab: { defaultSize: 'small' },
  });
  expect(stderr).toContain('0 to decide');
});

test('profiles prints the configuration, or one document, or writes a file', async () => {
  const output = join(directory, 'config.yaml');
  const text = await migrate(['profiles', 'profiles/teaching.yaml']);
  expect(text.code).toBe(1);
  const document = await migrate(['profiles', 'profiles/teaching.yaml', '--json', '--output', output]);
  const { configuration, counts } = JSON.parse(document.stdout);
  expect(document).toMatchObject({ code: 1, stderr: '' });
  expect(counts).toMatchObject({ decide: 4 });
  expect(parse(text.stdout)).toEqual(configuration);
  expect(parse(readFileSync(output, 'utf8'))).toEqual(configuration);
});

test.each([
  [['--help'], 'profiles'],
  [['check', '--help'], 'Exits with 0 when nothing is to be decided'],
  [['profiles', '--help'], 'singleuser.profileList'],
])('%p explains', async (words, text) => {
  const { code, stdout } = await migrate(words);
  expect(code).toBe(0);
  expect(stdout).toContain(text);
});
