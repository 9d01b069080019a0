import { configJsonSchema, type JsonSchema } from '../../src/config/documents/json-schema';
import { isCollection } from '../../src/config/documents/yaml';
import { FILE_KEYS } from '../../src/config/environment';
import { snakeCase } from '../../src/config/schema/section';
import { portablePattern } from '../../src/domain/portable-pattern';
import { valuesSchemaAround } from './values-schema';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

/** Descriptions of environment settings that a configuration file may contain in some spellings only. */
const MEANINGS: Readonly<Record<keyof typeof FILE_KEYS, string>> = {
  baseUrl: 'Public base URL of the platform.',
  slackWebhook: 'Slack webhook. Better given as NUBLADO_SLACK_WEBHOOK.',
};

const environmentKeys = (): Record<string, JsonSchema> =>
  Object.fromEntries(
    Object.entries(FILE_KEYS).flatMap(([setting, keys]) =>
      keys.map((key) => {
        const description = MEANINGS[setting as keyof typeof FILE_KEYS];
        return [key, { type: 'string', description }] as const;
      }),
    ),
  );

/** A required key, in either spelling. */
const eitherSpelling = (key: string): JsonSchema => ({
  anyOf: [{ required: [key] }, { required: [snakeCase(key)] }],
});

/** Parts of the schema that are referenced more than once, by their JSON. */
type Parts = Map<string, { readonly name: string; readonly schema: JsonSchema }>;

/** Characters of JSON below which a part is repeated instead of referenced. */
const SMALL = 160;

/** A schema for use in several places: a reference to a part, unless it is small. */
function shareable(schema: JsonSchema, key: string, parts: Parts): JsonSchema {
  const text = JSON.stringify(schema);
  if (text.length < SMALL || schema.$ref !== undefined) return schema;
  const taken = new Set([...parts.values()].map(({ name }) => name));
  const suffix = (count: number): string => (count === 1 ? key : `${key}-${count}`);
  const free = (count: number): string => (taken.has(suffix(count)) ? free(count + 1) : suffix(count));
  const part = parts.get(text) ?? { name: free(1), schema };
  parts.set(text, part);
  return { $ref: `#/$defs/${part.name}` };
}

/** A schema that also accepts null where a list or a mapping is expected: null counts as absent. */
function ignoreNotFound(said: JsonSchema, schema: JsonSchema): JsonSchema {
  if (!isCollection(schema, configJsonSchema())) return said;
  const { $ref, anyOf, oneOf, type, title, description, default: standard, ...rest } = said;
  const words = {
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    ...(standard === undefined ? {} : { default: standard }),
  };
  if (typeof type === 'string') return { ...words, type: [type, 'null'], ...rest };
  const option: JsonSchema = $ref === undefined ? { ...rest, ...(oneOf ? { oneOf } : {}) } : { $ref };
  const options: readonly JsonSchema[] = anyOf ?? [option];
  const isTaken = options.some((each) => each.type === 'null');
  return { ...words, anyOf: isTaken ? options : [...options, { type: 'null' }] };
}

/** A mapping that also accepts the other spellings of its keys. */
function withSpellings(
  { properties = {}, required = [], ...rest }: JsonSchema,
  aliases: Readonly<Record<string, string>>,
  parts: Parts,
) {
  const entries = Object.entries(properties).flatMap(([key, schema]) => {
    const short = Object.entries(aliases).flatMap(([alias, long]) => (long === key ? [alias] : []));
    const spellings = [...new Set([key, snakeCase(key), ...short])];
    const said = published(schema, parts);
    const own = required.includes(key) ? said : ignoreNotFound(said, schema);
    const shared = spellings.length > 1 ? shareable(own, key, parts) : own;
    return spellings.map((spelling) => [spelling, shared] as const);
  });
  const plain = required.filter((key) => snakeCase(key) === key);
  const double = required.filter((key) => snakeCase(key) !== key);
  return {
    ...rest,
    properties: Object.fromEntries(entries),
    ...(plain.length > 0 ? { required: plain } : {}),
    ...(double.length > 0 ? { allOf: double.map(eitherSpelling) } : {}),
  };
}

/** A part of the schema in both spellings, without the annotations of this project. */
function published(schema: JsonSchema, parts: Parts): JsonSchema {
  const { 'x-aliases': aliases = {}, ...known } = schema;
  const kept = Object.fromEntries(
    Object.entries(known).filter(([key]) => !key.startsWith('x-')),
  ) as JsonSchema;
  const { items, anyOf, oneOf, additionalProperties, pattern, ...rest } = kept;
  const inner = (part: JsonSchema) => published(part, parts);
  return {
    ...(rest.properties ? withSpellings(rest, aliases, parts) : rest),
    ...(pattern === undefined ? {} : { pattern: portablePattern(pattern) }),
    ...(items ? { items: inner(items) } : {}),
    ...(anyOf ? { anyOf: anyOf.map(inner) } : {}),
    ...(oneOf ? { oneOf: oneOf.map(inner) } : {}),
    ...(typeof additionalProperties === 'object'
      ? { additionalProperties: ignoreNotFound(inner(additionalProperties), additionalProperties) }
      : { additionalProperties }),
  };
}

/** The JSON Schema for editors of configuration files. */
export function editorSchema(): JsonSchema {
  const { $defs = {}, ...top } = configJsonSchema();
  const parts: Parts = new Map();
  const named = Object.entries($defs).map(([name, part]) => [name, published(part, parts)] as const);
  const { properties, ...rest } = published(top, parts);
  const shared = [...parts.values()].map(({ name, schema }) => [name, schema] as const);
  return {
    ...rest,
    $schema: DIALECT,
    title: 'Configuration of the Nublado controller',
    properties: { ...properties, ...environmentKeys() },
    $defs: Object.fromEntries([...named, ...shared]),
  };
}

/** The schema of the Helm chart's values. */
export function valuesSchema(): object {
  const { $defs, $schema: _dialect, ...config } = editorSchema();
  return valuesSchemaAround(config, $defs, DIALECT);
}
