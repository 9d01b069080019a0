import type { Config } from '../config';
import { isMapping } from '../schema/section';
import { MASK, type SecretText } from '../secret-text';
import { branches, branchFor, configJsonSchema, type JsonSchema, visitDocument } from './json-schema';

/** What comes from the environment rather than the file. */
export interface NormalisedEnvironment {
  readonly baseUrl: string;
  readonly repertoireBaseUrl: string | null;
  readonly slackWebhook: string | null;
  readonly sealingKeysPath: string;
  readonly proxies: {
    readonly https: string | null;
    readonly http: string | null;
    readonly bypass: string;
  };
}

/** A configuration in the form of its file, with every default filled in and confidential values masked. */
export interface NormalisedConfig {
  readonly environment: NormalisedEnvironment;
  readonly file: Readonly<Record<string, unknown>>;
}

const shown = (secret: SecretText | null): string | null => secret && secret.toString();

/** Reverts the parsing of keys and values: durations become seconds under their own names. */
function written(value: unknown, given: JsonSchema | undefined): unknown {
  const schema = given && branchFor(given, value, configJsonSchema());
  if (Array.isArray(value)) return value.map((item) => written(item, schema?.items));
  if (!isMapping(value)) return value;
  if ('toJSON' in value && typeof value.toJSON === 'function') return value.toJSON();
  const { properties = {}, additionalProperties } = schema ?? {};
  const others = typeof additionalProperties === 'object' ? additionalProperties : undefined;
  return Object.fromEntries(
    Object.entries(value).map(([key, content]) => {
      const duration = key.replace(/Ms$/, '');
      const isDuration = duration !== key && isMarkedDuration(properties[duration]);
      return isDuration
        ? [duration, typeof content === 'number' ? content / 1000 : null]
        : [key, written(content, Object.hasOwn(properties, key) ? properties[key] : others)];
    }),
  );
}

const isMarkedDuration = (schema: JsonSchema | undefined): boolean =>
  schema !== undefined && branches(schema, configJsonSchema()).some((branch) => branch['x-unit'] === 'ms');

function setAt(target: unknown, path: readonly PropertyKey[], value: unknown): void {
  const holder = path.slice(0, -1).reduce<unknown>((parent, key) => Reflect.get(Object(parent), key), target);
  Reflect.set(Object(holder), path.at(-1) ?? '', value);
}

/**
 * Writes a configuration as a file would have to say it. Loaded again, the file gives the same configuration,
 * but for masked values: those of `lab.env`, `lab.files` and tokens.
 */
export function normalisedConfig(config: Config): NormalisedConfig {
  const { baseUrl, repertoireBaseUrl, slackWebhook, sealingKeysPath, proxies, ...rest } = config;
  const file = written(rest, configJsonSchema()) as Record<string, unknown>;
  const confidential: (readonly PropertyKey[])[] = [];
  visitDocument(file, ({ path, schema }) => {
    if (schema?.['x-private']) confidential.push(path);
  });
  for (const path of confidential) setAt(file, path, MASK);
  return {
    environment: {
      baseUrl,
      repertoireBaseUrl,
      slackWebhook: shown(slackWebhook),
      sealingKeysPath,
      proxies: { https: shown(proxies.https), http: shown(proxies.http), bypass: proxies.bypass },
    },
    file,
  };
}
