import { branchFor, configJsonSchema, type JsonSchema } from './json-schema';
import { camelCase, isMapping } from './section';

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
