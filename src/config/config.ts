import { readFileSync } from 'node:fs';
import { configSchema, type FileConfig } from './config-file';
import { ConfigError, type Diagnostic, diagnosticOf, throwingConfigErrors } from './diagnostics';
import { problemsOf } from './documents/problems';
import { parseYaml, withoutNullCollections } from './documents/yaml';
import { type Environment, type EnvironmentConfig, environmentConfig, splitDocument } from './environment';
import { plainHttpFinding } from './rules/file-rules';
import { authTypeOf } from './schema/auth';
import { isWebUrl } from './schema/scalars';
import { isMapping } from './schema/section';
import type { SecretText } from './secret-text';
import { warningsOf } from './warnings/file-warnings';

type DeepReadonly<T> = unknown extends T
  ? T
  : T extends string | number | boolean | null | undefined | SecretText
    ? T
    : { readonly [Key in keyof T]: DeepReadonly<T[Key]> };

/**
 * The controller's settings, complete with defaults. Keys are those of the file in camelCase; durations are
 * milliseconds and end in `Ms`, CPU is in cores and memory in bytes. Deeply frozen.
 */
export type Config = DeepReadonly<Omit<FileConfig, 'supportImage'> & EnvironmentConfig>;

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}

const NO_DISCOVERY = diagnosticOf('error', {
  path: ['REPERTOIRE_BASE_URL'],
  rule: 'missing',
  message: 'is required with auth.type gafaelfawr',
  remedy: 'Set the variable to the base URL of service discovery, or choose another auth.type.',
});

/** A usable configuration, and what its operator should know of it. */
export interface CheckedConfig {
  readonly config: Config;
  /** Of severity warning or info. */
  readonly warnings: readonly Diagnostic[];
}

/**
 * Checks the text of a configuration file together with the environment.
 *
 * @throws ConfigError with every problem found. Rules that span several keys of a section are checked once
 *   the section's keys are right by themselves.
 */
export function parseConfig(text: string, environment: Environment): CheckedConfig {
  return throwingConfigErrors(() => checked(parseYaml(text), environment));
}

/** As `parseConfig`, for what a YAML reader has made of the text. @throws ConfigError */
export function checkDocument(document: unknown, environment: Environment): CheckedConfig {
  return throwingConfigErrors(() => checked(document, environment));
}

function checked(document: unknown, environment: Environment): CheckedConfig {
  const { settings, rest, problems } = splitDocument(withoutNullCollections(document));
  const surroundings = environmentConfig(environment, settings);
  const result = configSchema.safeParse(rest, { reportInput: true });
  const isDiscoveryMissing =
    authTypeOf(rest) === 'gafaelfawr' && surroundings.config.repertoireBaseUrl === null;
  const all = [
    ...problems,
    ...surroundings.problems,
    ...(isDiscoveryMissing ? [NO_DISCOVERY] : []),
    ...(result.success
      ? discoveryProblems(surroundings.config.repertoireBaseUrl, result.data)
      : problemsOf(result.error.issues)),
  ];
  if (!result.success || all.length > 0) {
    throw new ConfigError(all);
  }
  const supportImage = result.data.supportImage ?? surroundings.config.supportImage;
  return {
    config: deepFreeze({ ...surroundings.config, ...result.data, supportImage }),
    warnings: warningsOf(rest, result.data, environment),
  };
}

function discoveryProblems(url: string | null, { outgoing }: FileConfig): Diagnostic[] {
  const usable = isWebUrl(url) ? url : null;
  return plainHttpFinding(usable, outgoing.plainHttpHosts, ['REPERTOIRE_BASE_URL']).map((finding) =>
    diagnosticOf('error', finding),
  );
}

/**
 * Reads a configuration file's text.
 *
 * @throws ConfigError when it cannot be read.
 */
export function readConfigText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const reason = isMapping(error) && 'code' in error ? String(error.code) : 'unknown error';
    throw new ConfigError([
      diagnosticOf('error', {
        path: [path],
        rule: 'unreadable',
        message: `cannot be read (${reason})`,
        remedy: 'Give the path of a file that this user may read.',
      }),
    ]);
  }
}

/** Source of a configuration. */
export interface ConfigSource {
  /** The text of the file. */
  readonly text: string;
  /** The variables that labs depend on; none is confidential. */
  readonly environment: Environment;
}

/** A version of the configuration. */
export interface ConfigVersion {
  /** The same for the same source. */
  readonly id: string;
  readonly source: ConfigSource;
  readonly config: Config;
  readonly warnings: readonly Diagnostic[];
}

/** The variables that decide, with the file, what labs are made of. */
const LAB_VARIABLES = [
  'EXTERNAL_INSTANCE_URL',
  'REPERTOIRE_BASE_URL',
  'NUBLADO_CONTROLLER_REPOSITORY',
  'NUBLADO_CONTROLLER_TAG',
  'NUBLADO_CONTROLLER_PULL_POLICY',
] as const;

/** A keyed hash of a text, hexadecimal: equal for equal texts, and useless for guessing them without the key. */
export type Fingerprint = (text: string) => string;

/**
 * Checks a configuration, unless the result is given, and assigns the ID of its version.
 *
 * @throws ConfigError with every problem found.
 */
export function configVersion(
  text: string,
  environment: Environment,
  fingerprint: Fingerprint,
  { config, warnings }: CheckedConfig = parseConfig(text, environment),
): ConfigVersion {
  const variables = LAB_VARIABLES.filter((name) => environment[name] !== undefined);
  const source = {
    text,
    environment: Object.fromEntries(variables.map((name) => [name, environment[name]])),
  };
  return { id: fingerprint(JSON.stringify(source)).slice(0, 16), source, config, warnings };
}
