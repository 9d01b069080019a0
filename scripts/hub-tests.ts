import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildComponents } from '../stack/build';
import type { PythonComponent } from '../stack/components';
import { CHECKOUT } from '../stack/paths';

/** Number of tests by outcome. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

const HUB = join(CHECKOUT, 'hub');
const RESULTS = join(CHECKOUT, '.cache', 'hub-results.xml');
const LIMIT_MS = 10 * 60_000;

/** The supported releases of JupyterHub. */
const RELEASES = ['5', '6'] as const;

/** Checks of the sources besides the tests; each counts as one. */
const CHECKS = [
  { name: 'format', module: ['ruff', 'format', '--check'] },
  { name: 'lint', module: ['ruff', 'check'] },
  { name: 'types', module: ['mypy', '--no-incremental'] },
] as const;

/** Checks the hub plugins, and tests them with every supported release of JupyterHub. */
export async function testHub(): Promise<Counts> {
  let [passed, failed] = [0, 0];
  for (const release of RELEASES) {
    const python = await environment(release).catch((error: unknown) => console.log(String(error)));
    if (!python) return { passed, failed: failed + 1 };
    for (const { name, module } of release === RELEASES.at(-1) ? CHECKS : []) {
      console.log(`== hub: ${name}`);
      if (run(python, module)) passed += 1;
      else failed += 1;
    }
    console.log(`== hub: tests with JupyterHub ${release}`);
    const counts = pytest(python);
    passed += counts.passed;
    failed += counts.failed;
  }
  return { passed, failed };
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

function pytest(python: string): Counts {
  mkdirSync(join(CHECKOUT, '.cache'), { recursive: true });
  rmSync(RESULTS, { force: true });
  const isGreen = run(python, ['pytest', '--quiet', `--junitxml=${RESULTS}`]);
  const counts = countsOf(RESULTS);
  return isGreen || counts.failed > 0 ? counts : { ...counts, failed: 1 };
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

function run(python: string, module: readonly string[]): boolean {
  const options = { cwd: HUB, stdio: 'inherit', timeout: LIMIT_MS } as const;
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
  return spawnSync(python, ['-m', ...module], { ...options, env }).status === 0;
}

async function main(): Promise<void> {
  const { passed, failed } = await testHub();
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

if (require.main === module) void main();
