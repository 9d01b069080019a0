import type { Place } from '../../../src/config/documents/json-schema';
import { branches, configJsonSchema, type JsonSchema } from '../../../src/config/documents/json-schema';
import { isCollection } from '../../../src/config/documents/yaml';
import { snakeCase } from '../../../src/config/schema/section';

/** A change to a document that makes it wrong, in words, and the place that must be complained of. */
export interface Mistake {
  readonly what: string;
  readonly path: readonly PropertyKey[];
  /** Changes the document in place. */
  readonly apply: (document: unknown) => void;
}

/** The value at a path of a document. */
function at(document: unknown, path: readonly PropertyKey[]): object {
  return Object(path.reduce<unknown>((value, key) => Reflect.get(Object(value), key), document));
}

const replacing = (path: readonly PropertyKey[], value: unknown): Mistake => ({
  what: JSON.stringify(value) ?? 'undefined',
  path,
  apply: (document) => Reflect.set(at(document, path.slice(0, -1)), path.at(-1) ?? '', value),
});

const root = configJsonSchema();

const optionsOf = (schema: JsonSchema): JsonSchema[] => branches(schema, root);

/** Whether some kind of value, by the names of JSON Schema, may be written at a place. */
const mayBe = (schema: JsonSchema, ...types: string[]): boolean =>
  optionsOf(schema).some(({ type, enum: words, const: constant }) =>
    [type ?? [], ...(words ?? []).map((word) => typeof word), constant === undefined ? [] : typeof constant]
      .flat()
      .some((known) => types.includes(known)),
  );

const OTHER_KINDS: readonly (readonly [value: unknown, ...types: string[]])[] = [
  [['a list'], 'array'],
  [{ a: 'mapping' }, 'object'],
  ['no such word, number or amount \u0000', 'string'],
  [Number.NaN, 'never'],
  [Number.POSITIVE_INFINITY, 'never'],
  [-1, 'number', 'integer'],
  [true, 'boolean'],
  [null, 'null'],
];

/** Values of another kind than the schema allows. */
function otherKinds({ path, schema, parent }: Place): Mistake[] {
  if (!schema || path.length === 0) return [];
  const key = path.at(-1);
  const isAbsentAsNull =
    typeof key === 'string' && isCollection(schema, root) && parent?.required?.includes(key) !== true;
  return OTHER_KINDS.filter(
    ([value, ...types]) => !mayBe(schema, ...types) && !(value === null && isAbsentAsNull),
  ).map(([value]) => replacing(path, value));
}

/** Values of the right kind that the field's own rule excludes. */
function brokenRules({ path, schema }: Place): Mistake[] {
  const rule =
    schema?.['x-rule'] ?? optionsOf(schema ?? {}).find((option) => option['x-rule'])?.['x-rule'] ?? '';
  const wrong: readonly (readonly [RegExp, readonly unknown[]])[] = [
    [/duration longer/, ['', '0', 0, -5, '-5m', '5m 1h', 'PT5M', '5 parsecs', '1.5h', '99999999999999999w']],
    [/^a duration,/, ['', -5, '5m 1h', 'PT5M', '5 parsecs']],
    [/amount of CPU/, ['', 0, -1, '0', '1.2345', '1Gi', '5mm']],
    [/amount of memory/, ['', 0, -1, '0', '-5Gi', '5 Gi B', '1.5.5Gi', '5Xi']],
    [/^an integer/, ['', 1.5, '1.5', '0x10', 'one', 2 ** 60]],
    [/^an integer of at least/, [-1, '-1']],
    [/^an integer of at least 1/, [0]],
    [/absolute path/, ['', 'relative/path', './x']],
    [/other than \/etc\/group/, ['/tmp', '/tmp/', '//etc/./passwd', '/etc/group']],
    [/^one of/, ['', 'ONE', 'other']],
    [/boolean/, ['maybe', 2, '']],
    [/Kubernetes name/, ['', 'Upper', 'under_score', '-x', 'x-', 'a.b']],
    [/at least one character/, ['']],
    [/https? URL/, ['', 'ftp://x', 'hub:8081', 'http://']],
    [/template/, ['{{ username }}', '{% if uid %}', '{# x #}', '{{ uid']],
    [/variable/, ['', '1A', 'A B', 'A=B']],
    [/image tag/, ['', ' ', 'a:b', '.x']],
    [/image reference/, ['', 'sketchbook', ':::', 'quay.io/x/y']],
    [/semantic version/, ['', '1.0', 'v1.0.0', '1.0.0.0']],
    [/a date/, ['', 'yesterday', '2077-13-01']],
    [/number above 1/, [1, 0, '2']],
    [/without colons/, ['a:b', 'a\nb']],
    [/visible characters/, ['short', 'has a space in it']],
    [/a host/, ['', 'http://host', 'host/path', 'host:port']],
    [/label value/, ['-x', 'a b', 'x'.repeat(64)]],
    [/username/, ['', 'a/b', '..', 'x'.repeat(201)]],
  ];
  return wrong.flatMap(([pattern, values]) =>
    pattern.test(rule) ? values.map((value) => replacing(path, value)) : [],
  );
}

/** Sections that have a kind even if none is chosen. */
const isNeeded =
  ([section, ...rest]: readonly PropertyKey[]) =>
  (key: string): boolean =>
    rest.length > 0 || !(section === 'auth' ? key === 'type' : section === 'fileserver' && key === 'enabled');

/** Keys that a mapping may not have, lacks, or has twice. */
function brokenKeys({ path, value, schema }: Place): Mistake[] {
  if (!schema?.properties || schema.deprecated) return [];
  const present = Object.keys(schema.properties).filter((key) => key in Object(value));
  const double = present.filter((key) => snakeCase(key) !== key);
  const unknown: Mistake = {
    what: 'an unknown key',
    path: [...path, 'colour'],
    apply: (document) => Reflect.set(at(document, path), 'colour', 'red'),
  };
  return [
    ...(schema['x-ignores-unknown-keys'] ? [] : [unknown]),
    ...(schema.required ?? []).filter(isNeeded(path)).map((key) => ({
      what: 'a missing key',
      path: [...path, key],
      apply: (document: unknown) => void Reflect.deleteProperty(at(document, path), key),
    })),
    ...double.map((key) => ({
      what: 'both spellings',
      path: [...path, snakeCase(key)],
      apply: (document: unknown) => {
        const mapping = at(document, path);
        Reflect.set(mapping, snakeCase(key), Reflect.get(mapping, key));
      },
    })),
  ];
}

/** Everything that can be made wrong at one place of a valid document. */
export function mistakesAt(place: Place): Mistake[] {
  if (Object.keys(place.schema ?? {}).length === 0 || place.schema?.deprecated) return [];
  return [...otherKinds(place), ...brokenRules(place), ...brokenKeys(place)];
}
