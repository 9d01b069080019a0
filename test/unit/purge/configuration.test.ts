import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ConfigError } from '../../../src/config/diagnostics';
import { parsePolicy } from '../../../src/purge/policy';
import { alertHookOf, parseFutureDuration, parseSettings, readSettings } from '../../../src/purge/settings';

const DATA = join(__dirname, '../../data/purge');

function problemsOf(act: () => unknown): string[] {
  try {
    act();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  return [];
}

test.each(readdirSync(DATA))('%s is read as expected', (example) => {
  const read = (name: string) => readFileSync(join(DATA, example, name), 'utf8');
  const settings = parseSettings(read('config.yaml'), parse(read('environment.yaml')));
  const policy = parsePolicy(read('policy.yaml'));
  expect(JSON.parse(JSON.stringify({ settings, policy }))).toEqual(parse(read('expected.yaml')));
});

const POLICY = (path: string, rest = 'threshold: 1, intervals: {}') =>
  `directories: [{ path: ${path}, ${rest} }]`;

test.each([
  ['/', 'directories[0].path: "/" is not the absolute path of a directory below /, without "." and ".."'],
  ['scratch', 'directories[0].path: "scratch" is not the absolute path'],
  ['/scratch/../home', 'directories[0].path: "/scratch/../home" is not the absolute path'],
  ['//scratch', 'directories[0].path: "//scratch" is not the absolute path'],
  ['"/scratch/\\0"', 'directories[0].path: "/scratch/\\u0000" is not the absolute path'],
])('the path %s is refused', (path, problem) => {
  expect(problemsOf(() => parsePolicy(POLICY(path)))).toEqual([expect.stringContaining(problem)]);
});

test.each([
  ['threshold: -1, intervals: {}', 'threshold: -1 is not a size'],
  ['threshold: 1.5 parsecs, intervals: {}', 'threshold: "1.5 parsecs" is not a size'],
  ['intervals: {}', 'threshold: is required'],
  ['threshold: 1', 'intervals: is required'],
  ['threshold: 1, intervals: { medium: {} }', 'intervals.medium: is not a known key'],
  ['threshold: 1, intervals: { small: { accessInterval: -3d } }', 'accessInterval: "-3d" is not a duration'],
  ['threshold: 1, intervals: { small: { acessInterval: 3d } }', 'acessInterval: is not a known key'],
  ['threshold: 1, intervals: {}, emptyDirectories: none', 'emptyDirectories: "none" is not one of emptied'],
])('a directory with %s is refused', (rest, problem) => {
  expect(problemsOf(() => parsePolicy(POLICY('/scratch', rest)))).toEqual([expect.stringContaining(problem)]);
});

test('a directory is there once', () => {
  const [first, second] = [POLICY('/scratch'), POLICY('/scratch/')].map((text) => parse(text).directories[0]);
  expect(problemsOf(() => parsePolicy(JSON.stringify({ directories: [first, second] })))).toEqual([
    'directories[1].path: "/scratch" is there twice',
  ]);
});

test('an empty policy is refused, since a file may have been emptied by mistake', () => {
  expect(problemsOf(() => parsePolicy(''))).toHaveLength(1);
});

test('problems name the variable, or the key, and no secret', () => {
  const environment = { NUBLADO_DRY_RUN: 'maybe', RSP_SCRATCHPURGER_ALERT_HOOK: 'secret-thing' };
  expect(problemsOf(() => parseSettings('logLevel: loud\nunknown: 1', environment))).toEqual([
    'NUBLADO_DRY_RUN: "maybe" is not a boolean (true or false)',
    'logLevel: "loud" is not one of DEBUG, INFO, WARNING, ERROR, CRITICAL',
    'RSP_SCRATCHPURGER_ALERT_HOOK: a string is not an http or https URL',
    'unknown: is not a known key',
  ]);
});

test('a variable takes precedence over either spelling of its key', () => {
  expect(parseSettings('dry_run: false', { NUBLADO_DRY_RUN: '1' }).dryRun).toBe(true);
  expect(parseSettings('dryRun: true', { NUBLADO_DRY_RUN: 'off' }).dryRun).toBe(false);
});

test('a named file must be there, the standard one need not', () => {
  expect(readSettings(undefined, {}).dryRun).toBe(false);
  const expected = [expect.stringMatching(/cannot be read \(ENOENT\)$/)];
  expect(problemsOf(() => readSettings('/missing.yaml', {}))).toEqual(expected);
  expect(problemsOf(() => readSettings(undefined, { NUBLADO_CONFIG_FILE: '/missing.yaml' }))).toEqual(
    expected,
  );
  expect(
    problemsOf(() => readSettings(undefined, { RSP_SCRATCHPURGER_CONFIG_FILE: '/missing.yaml' })),
  ).toEqual(expected);
});

test('durations of the command line are those of files', () => {
  expect(parseFutureDuration('1w 1d')).toBe(691_200_000);
  expect(problemsOf(() => parseFutureDuration('soon'))).toEqual([expect.stringContaining('"soon"')]);
  expect(problemsOf(() => parseFutureDuration('0'))).toHaveLength(1);
});

test('a webhook is found without settings', () => {
  expect(alertHookOf({ NUBLADO_ALERT_HOOK: 'https://a.example.org' })?.reveal()).toBe(
    'https://a.example.org',
  );
  expect(alertHookOf({ NUBLADO_ALERT_HOOK: 'nonsense' })).toBeNull();
});
