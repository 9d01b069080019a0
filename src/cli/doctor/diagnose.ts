import { configPath, type Environment } from '../../config/environment';
import { readEnvironment } from '../../config/process-environment';
import { PARTS, type Part } from './check';
import { CHECKS } from './checks';
import { examine, type Result, selectChecks } from './examine';
import { asJson, asTable, isWell, summary } from './report';
import { openSubject, readConfiguration } from './subject';

export interface DoctorOptions {
  readonly part: string;
  readonly config?: string;
  readonly apiUrl?: string;
  readonly beforeStart?: boolean;
  readonly json?: boolean;
  /** Seconds for all checks together. */
  readonly timeout: string;
}

interface Question {
  readonly part: Part;
  readonly configFile: string;
  readonly environment: Environment;
  readonly apiUrl: string | null;
  readonly beforeStart: boolean;
  readonly limitMs: number;
}

/** Asks all that a part depends on. */
async function diagnose({
  part,
  configFile,
  environment,
  apiUrl,
  beforeStart,
  limitMs,
}: Question): Promise<Result[]> {
  const { config, finding } = readConfiguration(configFile, environment);
  const configuration: Result = { check: 'configuration', ...finding, durationMs: 0 };
  const checks = selectChecks(CHECKS, { part, beforeStart });
  if (config === null) {
    const rest = checks.map(
      ({ name }) => ({ check: name, status: 'skipped', message: 'needs configuration' }) as const,
    );
    return [configuration, ...rest.map((result) => ({ ...result, remedy: null, durationMs: 0 }))];
  }
  const open = openSubject({ part, config, environment, apiUrl }, limitMs);
  try {
    return [configuration, ...(await examine(checks, open.subject))];
  } finally {
    await open.close();
  }
}

/** Asks all that a part depends on and prints it. The exit code is 1 if the part cannot work. */
export async function runDoctor(options: DoctorOptions): Promise<void> {
  const part = PARTS.find((known) => known === options.part);
  if (part === undefined) throw new Error(`--part is one of ${PARTS.join(', ')}`);
  const limitMs = Number(options.timeout) * 1000;
  if (!(limitMs > 0)) throw new Error('--timeout is a number of seconds');
  const environment = readEnvironment();
  const results = await diagnose({
    part,
    configFile: options.config ?? configPath(environment),
    environment,
    apiUrl: options.apiUrl ?? null,
    beforeStart: options.beforeStart ?? false,
    limitMs,
  });
  if (options.json) console.log(asJson(results, part));
  else console.log(`${asTable(results)}\n${summary(results, part)}`);
  if (!isWell(results)) process.exitCode = 1;
}
