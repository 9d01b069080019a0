import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020';
import { editorSchema, valuesSchema } from '../../../scripts/configuration/editor-schema';
import { GENERATED } from '../../../scripts/reference';
import { snakeCase } from '../../../src/config/schema/section';
import { EXAMPLES, exampleDocument } from './examples';

const ajv = new Ajv2020({
  allErrors: true,
  strict: true,
  strictRequired: false,
  allowUnionTypes: true,
  formats: { uri: true },
});
const isFile = ajv.compile(editorSchema());
const isValues = ajv.compile(valuesSchema());

const errorsOf = (document: unknown): string[] =>
  isFile(document)
    ? []
    : (isFile.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);

/** A document with every key of a section in snake_case, but for those that users choose. */
function inSnakeCase(document: unknown): unknown {
  if (Array.isArray(document)) return document.map(inSnakeCase);
  if (typeof document !== 'object' || document === null || document instanceof Date) return document;
  return Object.fromEntries(
    Object.entries(document).map(([key, value]) => [
      /^[a-z]+([A-Z][a-z]+)*$/.test(key) ? snakeCase(key) : key,
      inSnakeCase(value),
    ]),
  );
}

/** As a YAML 1.2 reader, which editors have, reads dates. */
const asEdited = (document: unknown): unknown => JSON.parse(JSON.stringify(document));

test.each(Object.entries(GENERATED))(
  '%s is what `npm run reference` makes of the schema',
  (path, generate) => {
    expect(readFileSync(join(__dirname, '../../..', path), 'utf8')).toBe(generate());
  },
);

test.each(EXAMPLES)('the schema for editors accepts the example %s, in both spellings', (name) => {
  const document = asEdited(exampleDocument(name));
  expect(errorsOf(document)).toEqual([]);
  expect(errorsOf(inSnakeCase(document))).toEqual([]);
});

test.each([
  ['an unknown key', { colour: 'red' }, /must NOT have additional properties/],
  ['a missing section', { lab: undefined }, /must have required property 'lab'/],
  ['a word that is none', { logProfile: 'loud' }, /must be equal to one of the allowed values/],
  ['a duration that is none', { watchReconnectTimeout: 'PT5M' }, /must match pattern/],
  ['a list for a mapping', { timeouts: [] }, /must be object/],
])('the schema for editors refuses %s', (_what, change, error) => {
  const document = { ...Object(asEdited(exampleDocument('every-key'))), ...change };
  expect(errorsOf(document).join('\n')).toMatch(error);
});

test("the chart's values hold a configuration that is checked", () => {
  const config = asEdited(exampleDocument('every-key'));
  expect(isValues({ config })).toBe(true);
  expect(isValues({ config: {} })).toBe(true);
  expect(isValues({ config: { ...Object(config), colour: 'red' } })).toBe(false);
});

test('the reference describes every key', () => {
  const rows = GENERATED['docs/reference/configuration.md']?.().match(/^\| `.*\|$/gm) ?? [];
  expect(rows.length).toBeGreaterThan(150);
  expect(rows.filter((row) => /\|\s*\|$/.test(row))).toEqual([]);
});
