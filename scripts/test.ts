import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { allComponents } from '../stack/all-components';
import { buildComponents } from '../stack/build';
import { testHub } from './hub-tests';

const ROOT = join(__dirname, '..');
const COUNTS = join(ROOT, '.cache/jest-counts.json');

/** Of the whole run, and below the CI's limit of 90 minutes, so that a run that hangs still reports its counts. */
const LIMIT_MS = 85 * 60_000;
const startedAt = Date.now();

const jestCounts = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  /** Files that could not be loaded. */
  numRuntimeErrorTestSuites: z.number(),
});

/** Checks besides the tests; each counts as one. */
const CHECKS = [
  { name: 'format', command: ['biome', 'ci', '--colors=off', '.'] },
  { name: 'lint and layers', command: ['oxlint', '--type-aware', '--deny-warnings'] },
  { name: 'types', command: ['tsc'] },
  { name: 'types of the scripts in browsers', command: ['tsc', '-p', 'src/webdav/browser/client'] },
] as const;

async function run(command: readonly string[]): Promise<boolean> {
  const [name = '', ...args] = command;
  const program = spawn(join(ROOT, 'node_modules/.bin', name), args, {
    cwd: ROOT,
    stdio: 'inherit',
    timeout: Math.max(1, LIMIT_MS - (Date.now() - startedAt)),
    env: { ...process.env, JEST_COUNTS: COUNTS },
  });
  await once(program, 'exit');
  const { exitCode, signalCode } = program;
  if (signalCode) console.log(`== ended by ${signalCode}: a run has at most ${LIMIT_MS / 60_000} minutes`);
  return exitCode === 0;
}

/** Runs all checks and tests. The last line counts them. */
async function main(): Promise<void> {
  let [passed, failed] = [0, 0];
  // Beside all else: these tests mostly wait.
  const hub = testHub();
  for (const { name, command } of CHECKS) {
    console.log(`== ${name}`);
    if (await run(command)) passed += 1;
    else failed += 1;
  }
  console.log('== programs that the tests run: the first time they are built, which takes some minutes');
  // What could not be built fails the tests that need it.
  await buildComponents({ components: allComponents(), progress: console.log }).catch(console.error);
  console.log('== tests');
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  writeFileSync(
    COUNTS,
    JSON.stringify({ numPassedTests: 0, numFailedTests: 0, numRuntimeErrorTestSuites: 0 }),
  );
  const jest = ['node', '--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
  const reporters = ['--reporters=default', '--reporters=<rootDir>/scripts/count-reporter.js'];
  const isGreen = await run([...jest, ...reporters, ...process.argv.slice(2)]);
  const counts = jestCounts.parse(JSON.parse(readFileSync(COUNTS, 'utf8')));
  passed += counts.numPassedTests;
  failed += counts.numFailedTests + counts.numRuntimeErrorTestSuites;
  const hubCounts = await hub;
  passed += hubCounts.passed;
  failed += hubCounts.failed;
  if (!isGreen && counts.numFailedTests + counts.numRuntimeErrorTestSuites === 0) failed += 1;
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

void main();
