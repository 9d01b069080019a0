import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { checkConfig } from '../../../src/cli/check-config';

const DATA = join(__dirname, '../../data/config');

/** What the command prints and exits with for a file of `data/config`. */
function run(file: string, options: { json?: boolean } = {}) {
  return runAt(join(DATA, file), options);
}

function runAt(path: string, options: { json?: boolean } = {}) {
  const [out, error]: [string[], string[]] = [[], []];
  jest.spyOn(console, 'log').mockImplementation((line: string) => void out.push(line));
  jest.spyOn(console, 'error').mockImplementation((line: string) => void error.push(line));
  process.exitCode = 0;
  checkConfig(path, options);
  const { exitCode } = process;
  process.exitCode = 0;
  return { exitCode, out: out.join('\n'), error: error.join('\n') };
}

beforeEach(() => {
  process.env.REPERTOIRE_BASE_URL = 'https://data.example/repertoire';
  process.env.NUBLADO_CONTROLLER_TAG = '15.1.0';
});

afterEach(() => {
  delete process.env.REPERTOIRE_BASE_URL;
  delete process.env.NUBLADO_CONTROLLER_TAG;
  jest.restoreAllMocks();
});

test('a usable file is printed as it is understood, and its warnings beside', () => {
  const { exitCode, out, error } = run('every-key.yaml');
  expect(exitCode).toBe(0);
  expect(parse(out)).toMatchObject({ lab: { namespacePrefix: 'nublado', env: { PLAIN: '**********' } } });
  expect(out).not.toContain('value-of');
  expect(error).toContain('warning: metrics: is ignored');
  expect(error).toContain('info: lab.spawnTimeout: spawns may take 600s');
  expect(error).toMatch(/valid, 3 warnings$/);
});

test('an unusable file is answered with every error and its remedy, and exit code 1', () => {
  const { exitCode, out, error } = run('mistakes/wrong-volume-branch.yaml');
  expect(exitCode).toBe(1);
  expect(out).toBe('');
  expect(error.split('\n').slice(0, 4)).toEqual([
    'error: lab.volumes[1].source.serverPath: is required',
    '    Add the key; give an absolute path (starting with /).',
    'error: lab.volumes[1].source.path: is not a known key',
    '    Correct its spelling or remove it; the reference lists the keys of each section.',
  ]);
  expect(error).toMatch(/cannot be used, 2 errors$/);
});

test('with --json everything is one document', () => {
  const good = JSON.parse(run('static.yaml', { json: true }).out);
  expect(good).toMatchObject({ isValid: true, file: { auth: { users: [{ token: '**********' }] } } });
  const bad = run('mistakes/null-value.yaml', { json: true });
  expect(bad.exitCode).toBe(1);
  expect(JSON.parse(bad.out)).toMatchObject({
    isValid: false,
    diagnostics: [{ severity: 'error', path: 'lab.spawnTimeout', value: 'null', rule: 'null' }],
  });
});

test('a file that is not there is an error like any other', () => {
  const { exitCode, error } = run('no-such-file.yaml');
  expect(exitCode).toBe(1);
  expect(error).toContain('cannot be read (ENOENT)');
});

test.each([
  ['nests too deeply', `lab: ${'{a: '.repeat(50_000)}1${'}'.repeat(50_000)}`],
  ['has a key of JavaScript objects where a scalar is asked for', 'lab: {standardInithome: {toString: 1}}'],
])('a file that %s is answered with errors and exit code 1, as any other', (_, content) => {
  const directory = mkdtempSync(join(tmpdir(), 'check-config-'));
  const path = join(directory, 'config.yaml');
  writeFileSync(path, content);
  const text = runAt(path);
  const document = runAt(path, { json: true });
  rmSync(directory, { recursive: true });

  expect(text).toMatchObject({ exitCode: 1, out: '' });
  expect(text.error).toMatch(/cannot be used, \d errors$/);
  expect(document.exitCode).toBe(1);
  expect(JSON.parse(document.out)).toMatchObject({ isValid: false });
});
