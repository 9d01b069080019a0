import {
  branches,
  configJsonSchema,
  type JsonSchema,
  resolved,
} from '../../src/config/documents/json-schema';
import { VARIABLES } from '../../src/config/environment';

const HEADER = `# Configuration reference

Generated from the schema by \`npm run reference\`; do not edit. How to check a file: \`nublado check-config FILE\`. For
editors there is [configuration.schema.json](configuration.schema.json): put
\`# yaml-language-server: $schema=<path or URL of it>\` at the top of a file.

- One YAML 1.1 file. Keys are written in camelCase or in snake_case, one spelling of each.
- Leave a key out for its default. Where a list or a mapping is expected, \`null\` counts as left out, as Helm writes it;
  for a single value it is allowed where the default is null, or the text says so.
- Strings are not made from numbers or booleans: write \`tag: "1.0"\`.
- Unknown keys are errors, but for the sections that say otherwise.
- What takes effect when the file changes, and what needs a restart: [operations](../operations.md#changing-the-configuration).

## Types

| Type | Meaning |
| --- | --- |
| duration | A number of seconds, or weeks, days, hours, minutes and seconds in that order: \`5m\`, \`1h 30m\`, \`2 days\`. Longer than zero unless it says "or 0" |
| CPU | Cores, as a number or text: \`1.5\`, \`500m\` |
| memory | Bytes, or a number with K, M, G, T, P, E (powers of 1000) or Ki, Mi, … (powers of 1024): \`3Gi\`, \`500MB\`. Upper and lower case mean the same |
| boolean | \`true\`, \`false\`, or a usual word for one |
| integer | A whole number, also as text |
| template | Text in which \`{{ uid }}\` and \`{{ gid }}\` are filled in |
`;

/** Names of the parts that several sections share. */
const SHARED = Object.keys(configJsonSchema().$defs ?? {}).toSorted();

const isMapping = ({ properties }: JsonSchema): boolean => properties !== undefined;

/** A cell of a table: one line, with bars escaped. */
const cell = (text: string): string => text.replaceAll('\n', '⏎').replaceAll('|', '\\|');

function defaultText(schema: JsonSchema, isRequired: boolean): string {
  if (schema['x-default'] !== undefined) return schema['x-default'];
  if (schema.default !== undefined) {
    const { default: value } = schema;
    const isEmptyMapping = typeof value === 'object' && value !== null && Object.keys(value).length === 0;
    if (value === null) return 'null';
    if (isEmptyMapping && branchesOf(schema).some(isMapping)) return '–';
    return `\`${typeof value === 'string' && value !== '' ? value : JSON.stringify(value)}\``;
  }
  return isRequired ? '**required**' : '–';
}

function branchesOf(schema: JsonSchema): JsonSchema[] {
  return branches(schema, configJsonSchema()).filter(({ type }) => type !== 'null');
}

/** Anchor of a section's heading. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-');
const link = (heading: string): string => `[${heading}](#${anchor(heading)})`;

function typeText(schema: JsonSchema, path: string): string {
  const root = configJsonSchema();
  const shared = SHARED.find((name) => resolved(schema, root) && schema.$ref === `#/$defs/${name}`);
  if (shared) return link(shared);
  if (schema.title !== undefined && schema.anyOf === undefined) return schema.title;
  const options = schema.anyOf ?? schema.oneOf;
  const written = options?.filter(({ type }) => type !== 'null');
  if (schema.title !== undefined && written?.every((option) => !isMapping(resolved(option, root))))
    return schema.title;
  if (written?.length === 1 && written[0]) return typeText(written[0], path);
  if (written && written.length > 1) return link(path);
  if (schema.items) return `list of ${typeText(schema.items, path)}`;
  if (isMapping(schema)) return link(path);
  if (typeof schema.additionalProperties === 'object')
    return `map to ${typeText(schema.additionalProperties, path)}`;
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const).replaceAll('"', '')}\``;
  return schema.title ?? 'any';
}

function table({ properties = {}, required = [] }: JsonSchema, path: string): string {
  const rows = Object.entries(properties).map(([key, schema]) => {
    const cells = [
      `\`${key}\``,
      typeText(schema, path === '' ? key : `${path}.${key}`),
      defaultText(schema, required.includes(key)),
      schema.description ?? '',
    ];
    return `| ${cells.map(cell).join(' | ')} |`;
  });
  return ['| Key | Type | Default | Meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

/** The mappings inside a schema, without itself, each with its path; shared ones have their own section. */
function inner(schema: JsonSchema): JsonSchema[] {
  if (SHARED.some((name) => schema.$ref === `#/$defs/${name}`)) return [];
  const options = schema.anyOf ?? schema.oneOf;
  if (options) return options.flatMap(inner);
  if (schema.items) return inner(schema.items);
  if (isMapping(schema)) return [schema];
  return typeof schema.additionalProperties === 'object' ? inner(schema.additionalProperties) : [];
}

function intro(schemas: readonly JsonSchema[]): string[] {
  return schemas.some((schema) => schema['x-ignores-unknown-keys'])
    ? ['Unknown keys are ignored, with a warning.', '']
    : [];
}

/** Heading of one branch of a union: the value that selects it. */
function branchTitle({ properties = {} }: JsonSchema): string[] {
  const [key, { const: value } = {}] =
    Object.entries(properties).find(([, { const: fixed }]) => fixed !== undefined) ?? [];
  return key === undefined ? [] : [`With \`${key}: ${String(value)}\`:`, ''];
}

function section(heading: string, schema: JsonSchema, path: string, level: string): string[] {
  const mappings = inner(schema);
  if (mappings.length === 0) return [];
  const text = schema.description ?? '';
  const tables = mappings.flatMap((mapping) => [
    ...(mappings.length > 1 ? branchTitle(mapping) : []),
    ...intro([mapping]),
    table(mapping, path),
    '',
  ]);
  const below = mappings.flatMap(({ properties = {} }) =>
    Object.entries(properties).flatMap(([key, child]) => {
      const childPath = path === '' ? key : `${path}.${key}`;
      return section(childPath, child, childPath, '###');
    }),
  );
  return [`${level} ${heading}`, '', ...(text ? [text, ''] : []), ...tables, ...below];
}

/** The reference of the configuration file and the environment, in Markdown. */
export function configurationReference(): string {
  const root = configJsonSchema();
  const { properties = {} } = root;
  const top = ['## The file', '', table(root, ''), ''];
  const sections = Object.entries(properties).flatMap(([key, schema]) => section(key, schema, key, '##'));
  const shared = SHARED.flatMap((name) => {
    const part = root.$defs?.[name];
    return part ? section(name, part, name, '###') : [];
  });
  const environment = [
    '## Environment',
    '',
    "Temporal's own `TEMPORAL_*` variables come besides.",
    '',
    '| Variable | Default | Meaning |',
    '| --- | --- | --- |',
    ...Object.entries(VARIABLES).map(
      ([name, [purpose, standard]]) => `| \`${name}\` | ${standard} | ${cell(purpose)} |`,
    ),
  ];
  const lines = [HEADER, ...top, ...sections, '## Shared parts', '', ...shared, ...environment, ''];
  return lines.join('\n').replace(/\n{3,}/g, '\n\n');
}
