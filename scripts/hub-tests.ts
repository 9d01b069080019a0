import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { buildComponents } from '../stack/build';
import type { PythonComponent } from '../stack/components';
import { CHECKOUT } from '../stack/paths';

/** Number of tests by outcome. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

const HUB = join(CHECKOUT, 'hub');
const LIMIT_MS = 10 * 60_000;

/** The supported releases of JupyterHub. */
const RELEASES = ['5', '6'] as const;

/** Checks of the sources besides the tests; each counts as one. */
const CHECKS = [
  { name: 'format', module: ['ruff', 'format', '--check'] },
  { name: 'lint', module: ['ruff', 'check'] },
  { name: 'types', module: ['mypy', '--no-incremental'] },
] as const;

/**
 * Checks the hub plugins, and tests them with all supported releases of JupyterHub at once: the tests mostly wait for
 * hubs. What a program prints is shown whole when it has ended.
 */
export async function testHub(): Promise<Counts> {
  const pythons: Array<readonly [release: string, python: string]> = [];
  for (const release of RELEASES) {
    const python = await environment(release).catch((error: unknown) => console.log(String(error)));
    if (!python) return { passed: 0, failed: 1 };
    pythons.push([release, python]);
  }
  const newest = pythons.at(-1)?.[1] ?? '';
  const counts = await Promise.all([
    ...pythons.map(([release, python]) => pytest(release, python)),
    ...CHECKS.map(({ name, module }) => check(name, newest, module)),
  ]);
  return {
    passed: counts.reduce((sum, { passed }) => sum + passed, 0),
    failed: counts.reduce((sum, { failed }) => sum + failed, 0),
  };
}

/** Path of the Python with this release of JupyterHub and the tools. Its environment is built if it is missing. */
async function environment(release: string): Promise<string> {
  const requirements = join(HUB, 'requirements', `jupyterhub-${release}.txt`);
  const component: PythonComponent = {
    name: `hub-tests-${release}`,
    version: createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 8),
    requirements,
    binaries: ['bin/python'],
  };
  const { python = '' } = await buildComponents({ components: [component], progress: console.log });
  return python;
}

async function pytest(release: string, python: string): Promise<Counts> {
  const results = join(CHECKOUT, '.cache', `hub-results-${release}.xml`);
  mkdirSync(join(CHECKOUT, '.cache'), { recursive: true });
  rmSync(results, { force: true });
  const module = ['pytest', '--quiet', '-p', 'no:cacheprovider', `--junitxml=${results}`];
  const isGreen = await run(`tests with JupyterHub ${release}`, python, module);
  const counts = countsOf(results);
  return isGreen || counts.failed > 0 ? counts : { ...counts, failed: 1 };
}

async function check(name: string, python: string, module: readonly string[]): Promise<Counts> {
  const isGreen = await run(name, python, module);
  return { passed: isGreen ? 1 : 0, failed: isGreen ? 0 : 1 };
}

/** The sums of pytest's JUnit report; zeros without a report. */
function countsOf(file: string): Counts {
  const report = readReport(file);
  const sum = (name: string): number =>
    Number(new RegExp(`<testsuite [^>]*\\b${name}="(\\d+)"`).exec(report)?.[1] ?? 0);
  const failed = sum('failures') + sum('errors');
  return { passed: sum('tests') - failed - sum('skipped'), failed };
}

function readReport(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

async function run(name: string, python: string, module: readonly string[]): Promise<boolean> {
  console.log(`== hub: ${name}: started`);
  const program = spawn(python, ['-m', ...module], {
    cwd: HUB,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LIMIT_MS,
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  });
  const [output, errors, code] = await Promise.all([
    text(program.stdout),
    text(program.stderr),
    new Promise<number | null>((ended, failed) => program.once('close', ended).once('error', failed)),
  ]);
  console.log(`== hub: ${name}: ${code === 0 ? 'passed' : 'failed'}\n${output}${errors}`);
  return code === 0;
}

async function main(): Promise<void> {
  const { passed, failed } = await testHub();
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

if (require.main === module) void main();
