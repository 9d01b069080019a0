import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import * as z from 'zod';

const ROOT = join(__dirname, '..');

/** Result of an audit: `exitCode` is 0 without findings, 1 for vulnerabilities, 2 when the audit failed. */
export interface Verdict {
  readonly exitCode: 0 | 1 | 2;
  readonly lines: readonly string[];
}

const npmReport = z.object({
  vulnerabilities: z.record(
    z.string(),
    z.object({ severity: z.string(), range: z.string(), fixAvailable: z.unknown() }),
  ),
  metadata: z.object({ dependencies: z.object({ prod: z.number() }) }),
});

const npmRefusal = z.object({ message: z.string() });

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Evaluates the report of `npm audit --json`. */
export function npmVerdict(output: string, errors: string): Verdict {
  const report = npmReport.safeParse(parsed(output));
  if (!report.success) {
    const refusal = npmRefusal.safeParse(parsed(output)).data?.message;
    const reason = refusal ?? (errors.trim() || 'no report');
    return {
      exitCode: 2,
      lines: [`packages of npm: NOT CHECKED: the registry's advisories cannot be asked (${reason})`],
    };
  }
  const { vulnerabilities, metadata } = report.data;
  const found = Object.entries(vulnerabilities).map(
    ([name, { severity, range, fixAvailable }]) =>
      `  ${name} ${range}: ${severity}${fixAvailable ? ', a fix is available' : ''}`,
  );
  const count = metadata.dependencies.prod;
  return found.length === 0
    ? { exitCode: 0, lines: [`packages of npm: no known vulnerability in ${count} packages`] }
    : { exitCode: 1, lines: [`packages of npm: ${found.length} vulnerable of ${count}`, ...found] };
}

/** Evaluates a run of pip-audit on one file of requirements; `status` is null when it could not be started. */
export function pipVerdict(name: string, status: number | null, output: string, errors: string): Verdict {
  if (status === 0) return { exitCode: 0, lines: [`${name}: no known vulnerability`] };
  if (status === 1 && /Found \d+ known vulnerabilit/.test(errors)) {
    return { exitCode: 1, lines: [`${name}: vulnerable packages`, output.trim()] };
  }
  const isMissing = /No module named pip_audit/.test(errors) || status === null;
  const reason = isMissing
    ? 'install it with `python3 -m pip install pip-audit`'
    : (errors.trim().split('\n').at(-1) ?? 'no report');
  return { exitCode: 2, lines: [`${name}: NOT CHECKED: pip-audit cannot be used (${reason})`] };
}

/** The exit code of several audits: 1 has precedence over 2. */
export function overall(verdicts: readonly Verdict[]): 0 | 1 | 2 {
  if (verdicts.some(({ exitCode }) => exitCode === 1)) return 1;
  return verdicts.some(({ exitCode }) => exitCode === 2) ? 2 : 0;
}

const run = (program: string, ...args: readonly string[]) =>
  spawnSync(program, args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 2 ** 26 });

/** Audits the product's packages and those of the hub plugins' tests. */
function main(): void {
  const npm = run('npm', 'audit', '--omit=dev', '--json');
  const hubs = ['jupyterhub-5', 'jupyterhub-6'].map((name) => {
    const path = `hub/requirements/${name}.txt`;
    const pip = run('python3', '-m', 'pip_audit', '--no-deps', '--disable-pip', '--requirement', path);
    return pipVerdict(path, pip.status, pip.stdout, pip.stderr);
  });
  const verdicts = [npmVerdict(npm.stdout, npm.stderr), ...hubs];
  for (const line of verdicts.flatMap(({ lines }) => lines)) process.stdout.write(`${line}\n`);
  process.exitCode = overall(verdicts);
}

if (require.main === module) main();
