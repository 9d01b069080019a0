import { readFileSync } from 'node:fs';
import { ConfigError, type Diagnostic, diagnosticOf, throwingConfigErrors } from '../config/diagnostics';
import { problemsOf } from '../config/documents/problems';
import { parseYaml } from '../config/documents/yaml';
import type { Environment } from '../config/environment';
import { duration } from '../config/schema/quantities';
import { absolutePath, boolean, isWebUrl, oneOf, scalar } from '../config/schema/scalars';
import { isMapping, section, snakeCase } from '../config/schema/section';
import { SecretText } from '../config/secret-text';
import { LOG_LEVELS, type LogLevel } from './log';

const CONFIG_FILE = '/etc/purger/config.yaml';
const POLICY_FILE = '/etc/purger/policy.yaml';

const logLevel = scalar(
  {
    title: 'log level',
    rule: `one of ${LOG_LEVELS.join(', ')}`,
    json: { type: 'string' },
  },
  (value): LogLevel | undefined =>
    typeof value === 'string' ? LOG_LEVELS.find((level) => level === value.toUpperCase()) : undefined,
);

const webhook = scalar(
  {
    title: 'URL',
    rule: 'an http or https URL',
    json: { type: 'string' },
    isPrivate: true,
  },
  (value) => (isWebUrl(value) ? new SecretText(value) : undefined),
);

const fields = {
  policyFile: absolutePath().prefault(POLICY_FILE),
  debug: boolean().prefault(false),
  dryRun: boolean().prefault(false),
  futureDuration: duration().nullable().prefault(null),
  logProfile: oneOf(['production', 'development']).nullable().prefault(null),
  logLevel: logLevel.prefault('INFO'),
  addTimestamp: boolean().prefault(false),
  alertHook: webhook.nullable().prefault(null),
};

const schema = section(fields);

/** The settings of a purge. */
export interface PurgeSettings {
  readonly policyFile: string;
  /** Logs everything, as text. */
  readonly debug: boolean;
  /** Reports instead of removing. */
  readonly dryRun: boolean;
  /** How far ahead of now files are judged, for reports only; null for now. */
  readonly futureDurationMs: number | null;
  /** JSON lines, or text; null where it is not set. */
  readonly logProfile: 'production' | 'development' | null;
  readonly logLevel: LogLevel;
  readonly addTimestamp: boolean;
  /** Slack webhook that failures are posted to. */
  readonly alertHook: SecretText | null;
}

/** Prefixes of the variables; the second is that of the purger before Nublado 15. */
const PREFIXES = ['NUBLADO_', 'RSP_SCRATCHPURGER_'] as const;

/** The variable of a setting that is set, with its value; the former name counts where the current one is not set. */
function variableOf(
  environment: Environment,
  setting: string,
): readonly [name: string, value: string] | null {
  const names = PREFIXES.map((prefix) => `${prefix}${snakeCase(setting).toUpperCase()}`);
  const name = names.find((candidate) => Boolean(environment[candidate]));
  return name === undefined ? null : [name, environment[name] ?? ''];
}

/** The webhook of the environment, also for failures to read the settings; null if there is none. */
export function alertHookOf(environment: Environment): SecretText | null {
  const value = variableOf(environment, 'alertHook')?.[1];
  return isWebUrl(value) ? new SecretText(value) : null;
}

/**
 * The settings of a configuration file's text, in which variables take precedence. An empty variable counts as not
 * set. Problems name the variable or the key.
 *
 * @throws ConfigError with every problem found.
 */
export function parseSettings(text: string, environment: Environment): PurgeSettings {
  return throwingConfigErrors(() => {
    const document = parseYaml(text) ?? {};
    const variables = new Map(Object.keys(fields).map((key) => [key, variableOf(environment, key)]));
    const result = schema.safeParse(isMapping(document) ? withVariables(document, variables) : document, {
      reportInput: true,
    });
    if (result.success) return result.data;
    throw new ConfigError(problemsOf(result.error.issues).map((problem) => atVariable(problem, variables)));
  });
}

type Variables = ReadonlyMap<string, ReturnType<typeof variableOf>>;

function withVariables(document: Record<string, unknown>, variables: Variables): Record<string, unknown> {
  const merged = { ...document };
  for (const [key, variable] of variables) {
    if (variable === null) continue;
    delete merged[snakeCase(key)];
    merged[key] = variable[1];
  }
  return merged;
}

function atVariable(problem: Diagnostic, variables: Variables): Diagnostic {
  const variable = variables.get(problem.path);
  return variable ? { ...problem, path: variable[0] } : problem;
}

/**
 * Reads the settings: of `file`, else of the file that `NUBLADO_CONFIG_FILE` names, else of the standard one, which
 * may be missing.
 *
 * @throws ConfigError
 */
export function readSettings(file: string | undefined, environment: Environment): PurgeSettings {
  const given = file ?? variableOf(environment, 'configFile')?.[1];
  return parseSettings(readText(given ?? CONFIG_FILE, given === undefined), environment);
}

/** The text of a file; one that `mayBeMissing` counts as empty then. @throws ConfigError when it cannot be read. */
export function readText(path: string, mayBeMissing = false): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const reason = isMapping(error) && 'code' in error ? String(error['code']) : 'unknown error';
    if (mayBeMissing && reason === 'ENOENT') return '';
    const message = `cannot be read (${reason})`;
    const remedy = 'Give the path of a file that this user may read.';
    throw new ConfigError([diagnosticOf('error', { path: [path], rule: 'unreadable', message, remedy })]);
  }
}

/** A duration as it is given on the command line. @throws ConfigError */
export function parseFutureDuration(text: string): number {
  const { futureDurationMs } = parseSettings(JSON.stringify({ futureDuration: text }), {});
  return futureDurationMs ?? 0;
}
