import * as z from 'zod';
import { configSchema } from '../config-file';
import { camelCase, isMapping } from '../schema/section';

/** The subset of JSON Schema that the configuration's uses; keys `x-…` are our own. */
export interface JsonSchema {
  readonly $schema?: string;
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly pattern?: string;
  readonly deprecated?: boolean;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  /** A phrase that completes "… is not". */
  readonly 'x-rule'?: string;
  /** Whether values may be confidential. */
  readonly 'x-private'?: boolean;
  readonly 'x-unit'?: 'ms' | 'bytes';
  readonly 'x-ignores-unknown-keys'?: boolean;
  /** A default that depends on other keys, in words. */
  readonly 'x-default'?: string;
  /** Short spellings of long keys. */
  readonly 'x-aliases'?: Readonly<Record<string, string>>;
}

/** The keys that may not be left out; the library takes those of preprocessed fields for optional. */
function requiredKeys({ shape }: z.ZodObject): string[] {
  return Object.keys(shape).filter((key) => !z.safeParse(shape[key] as z.ZodType, undefined).success);
}

let described: JsonSchema | null = null;

/** The configuration file's schema as JSON Schema with our annotations, keys in camelCase. */
export function configJsonSchema(): JsonSchema {
  described ??= z.toJSONSchema(configSchema, {
    io: 'input',
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema }) {
      if (zodSchema instanceof z.ZodObject) jsonSchema.required = requiredKeys(zodSchema);
    },
  }) as JsonSchema;
  return described;
}

/** A schema with references to shared parts followed; what is said at the reference itself counts. */
export function resolved(schema: JsonSchema, root: JsonSchema): JsonSchema {
  const name = schema.$ref?.replace('#/$defs/', '');
  const shared = name === undefined ? undefined : root.$defs?.[name];
  if (!shared) return schema;
  const { $ref: _reference, ...own } = schema;
  return { ...resolved(shared, root), ...own };
}

/** The alternatives of a schema; itself where there is no choice. */
export function branches(schema: JsonSchema, root: JsonSchema): JsonSchema[] {
  const { anyOf, oneOf, ...common } = resolved(schema, root);
  const options = anyOf ?? oneOf;
  if (!options) return [common];
  return options.flatMap((option) => branches(option, root)).map((option) => ({ ...common, ...option }));
}

/** The keys whose fixed values tell the branches of a union apart. */
function constants({ properties = {} }: JsonSchema): [string, unknown][] {
  return Object.entries(properties).flatMap(([key, { const: value }]) =>
    value === undefined ? [] : [[key, value] as [string, unknown]],
  );
}

/** The branch that a value of a file belongs to; undefined where none is for values of its kind. */
export function branchFor(schema: JsonSchema, value: unknown, root: JsonSchema): JsonSchema | undefined {
  const options = branches(schema, root);
  if (Array.isArray(value)) return options.find(({ items }) => items);
  if (!isMapping(value)) return options.find(({ properties, items }) => !properties && !items);
  const mappings = options.filter(({ type }) => type === 'object');
  const isSelected = (option: JsonSchema): boolean =>
    constants(option).every(([key, constant]) => {
      const standard = option.properties?.[key]?.default;
      return (value[key] ?? standard) === constant;
    });
  return mappings.find((option) => constants(option).length > 0 && isSelected(option)) ?? mappings.at(-1);
}

/** One value of a configuration document, and what the schema says of it. */
export interface Place {
  readonly path: readonly PropertyKey[];
  readonly value: unknown;
  /** Undefined for what the schema does not know. */
  readonly schema: JsonSchema | undefined;
  /** The schema of the mapping that holds the value. */
  readonly parent: JsonSchema | undefined;
}

/** Visits every value of a raw or normalised document, outer ones first. */
export function visitDocument(document: unknown, visitor: (place: Place) => void): void {
  const root = configJsonSchema();
  const visit = (path: readonly PropertyKey[], value: unknown, given?: JsonSchema, parent?: JsonSchema) => {
    const schema = given && branchFor(given, value, root);
    visitor({ path, value, schema: schema && given ? { ...given, ...schema } : given, parent });
    if (!schema) return;
    if (Array.isArray(value)) {
      value.forEach((item, index) => visit([...path, index], item, schema.items, schema));
    } else if (isMapping(value)) {
      for (const [key, content] of Object.entries(value)) {
        visit([...path, key], content, childSchema(schema, key), schema);
      }
    }
  };
  visit([], document, root);
}

/** What the schema of a mapping says of a key in any of its spellings; undefined for unknown keys. */
export function childSchema(
  { properties = {}, additionalProperties, 'x-aliases': aliases = {} }: JsonSchema,
  key: string,
): JsonSchema | undefined {
  const others = typeof additionalProperties === 'object' ? additionalProperties : undefined;
  const spellings = [key, camelCase(key), Object.hasOwn(aliases, key) ? aliases[key] : undefined];
  const known = spellings.find((name) => name !== undefined && Object.hasOwn(properties, name));
  return known === undefined ? others : properties[known];
}
