import { isMapping } from '../schema/section';
import { branches, branchFor, childSchema, configJsonSchema, type JsonSchema } from './json-schema';

/** Whether a list or a mapping is expected. */
export function isCollection(schema: JsonSchema, root: JsonSchema): boolean {
  return branches(schema, root).some(({ type, items, properties }) =>
    Boolean(items ?? properties ?? (type === 'object' || type === 'array')),
  );
}

/**
 * A document without the keys that are null where a list or a mapping is expected: Helm and people write
 * `initContainers:` with nothing behind it for "none given". Nulls anywhere else, and in lists, are kept.
 */
export function withoutNullCollections(document: unknown): unknown {
  const root = configJsonSchema();
  const cleaned = (value: unknown, given: JsonSchema | undefined): unknown => {
    const schema = given && branchFor(given, value, root);
    if (!schema) return value;
    if (Array.isArray(value)) return value.map((item) => cleaned(item, schema.items));
    if (!isMapping(value)) return value;
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, content]) => {
        const child = childSchema(schema, key);
        const isAbsent = content === null && child !== undefined && isCollection(child, root);
        return isAbsent ? [] : [[key, cleaned(content, child)]];
      }),
    );
  };
  return cleaned(document, root);
}
