import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import { authTypeOf } from './auth';
import { type Environment, type EnvironmentConfig, environmentConfig, splitDocument } from './environment';
import { ConfigError, type Problem, problemsOf } from './problems';
import { configSchema, type FileConfig } from './schema';
import type { SecretText } from './secret-text';
import { isMapping } from './section';
import { configWarnings } from './warnings';

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

/** Reads YAML 1.1 as its usual readers do: a lone `y` or `n` is a string, unlike in the specification. */
function parseYaml(text: string): unknown {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, {
    version: '1.1',
    lineCounter,
    // Otherwise messages quote the text around the error, which may hold secrets.
    prettyErrors: false,
    customTags: (tags) =>
      tags.map((tag) =>
        typeof tag === 'object' && tag.tag === 'tag:yaml.org,2002:bool' && 'test' in tag && tag.test
          ? { ...tag, test: new RegExp(`^(?!.$)(?:${tag.test.source})`) }
          : tag,
      ),
  });
  if (document.errors.length > 0) {
    throw new ConfigError(
      document.errors.map(({ code, message, pos }) => {
        const { line, col } = lineCounter.linePos(pos[0]);
        return { path: `line ${line}, column ${col}`, message: `not valid YAML: ${message} (${code})` };
      }),
    );
  }
  return document.toJS();
}

/**
 * Checks the text of a configuration file together with the environment.
 *
 * @throws ConfigError with every problem found. Rules that span several keys of a section are checked once
 *   the section's keys are right by themselves.
 */
export function parseConfig(
  text: string,
  environment: Environment,
): { readonly config: Config; readonly warnings: readonly Problem[] } {
  const { settings, rest, problems } = splitDocument(parseYaml(text));
  const surroundings = environmentConfig(environment, settings);
  const result = configSchema.safeParse(rest, { reportInput: true });
  const needsDiscovery = authTypeOf(rest) === 'gafaelfawr';
  const all = [
    ...problems,
    ...surroundings.problems,
    ...(needsDiscovery && surroundings.config.repertoireBaseUrl === null
      ? [{ path: 'REPERTOIRE_BASE_URL', message: 'is required with auth.type gafaelfawr' }]
      : []),
    ...(result.success ? [] : problemsOf(result.error.issues)),
  ];
  if (!result.success || all.length > 0) {
    throw new ConfigError(all);
  }
  const supportImage = result.data.supportImage ?? surroundings.config.supportImage;
  return {
    config: deepFreeze({ ...surroundings.config, ...result.data, supportImage }),
    warnings: configWarnings(rest, result.data, environment),
  };
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
    throw new ConfigError([{ path, message: `cannot be read (${reason})` }]);
  }
}
