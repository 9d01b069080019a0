import { Ajv2020 } from 'ajv/dist/2020';
import * as fc from 'fast-check';
import { editorSchema } from '../../../../scripts/configuration/editor-schema';
import { checkDocument } from '../../../../src/config/config';
import { ConfigError } from '../../../../src/config/diagnostics';
import { configJsonSchema, type Place, visitDocument } from '../../../../src/config/documents/json-schema';
import { isCollection } from '../../../../src/config/documents/yaml';
import { snakeCase } from '../../../../src/config/schema/section';
import { EXAMPLES, exampleDocument } from '../examples';
import { aDocument, aLab, documentProblems, ENVIRONMENT, parsed } from '../sample-documents';

const isFile = new Ajv2020({ strict: false, formats: { uri: true } }).compile(editorSchema());

/** The keys of a document for which a list or a mapping is expected. */
function collectionsIn(document: unknown): Place[] {
  const places: Place[] = [];
  visitDocument(document, (place) => {
    const isKey = typeof place.path.at(-1) === 'string';
    if (isKey && place.schema && isCollection(place.schema, configJsonSchema())) places.push(place);
  });
  return places;
}

/** A copy of a document in which one key is changed by `change`. */
function changed(
  document: unknown,
  path: readonly PropertyKey[],
  change: (holder: object, key: PropertyKey) => void,
): unknown {
  const copy: unknown = structuredClone(document);
  const holder = path.slice(0, -1).reduce<unknown>((value, key) => Reflect.get(Object(value), key), copy);
  change(Object(holder), path.at(-1) ?? '');
  return copy;
}

const withNull = (document: unknown, path: readonly PropertyKey[]) =>
  changed(document, path, (holder, key) => void Reflect.set(holder, key, null));
const without = (document: unknown, path: readonly PropertyKey[]) =>
  changed(document, path, (holder, key) => void Reflect.deleteProperty(holder, key));

/** The configuration with its warnings, or the errors. */
function outcomeOf(document: unknown): unknown {
  try {
    return checkDocument(document, ENVIRONMENT);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

const PLACES = EXAMPLES.flatMap((name) => {
  const document = exampleDocument(name);
  return collectionsIn(document).map(({ path, parent }) => ({ document, path, parent }));
});

test('null is the same as no key, wherever a list or a mapping is expected', () => {
  expect(PLACES.length).toBeGreaterThan(60);
  for (const { document, path } of PLACES) {
    expect([path, outcomeOf(withNull(document, path))]).toEqual([path, outcomeOf(without(document, path))]);
  }
});

test('so it is in any number of places at once', () => {
  fc.assert(
    fc.property(fc.constantFrom(...EXAMPLES), fc.infiniteStream(fc.boolean()), (name, chosen) => {
      const document = exampleDocument(name);
      const paths = collectionsIn(document)
        .map(({ path }) => path)
        .filter(() => chosen.next().value === true)
        // Inner ones first: their holders are there no more afterwards.
        .toReversed();
      const nulls = paths.reduce(withNull, document);
      expect(outcomeOf(nulls)).toEqual(outcomeOf(paths.reduce(without, document)));
    }),
    { numRuns: 12 },
  );
});

test('the published schema takes null there too, unless the key is required', () => {
  const asEdited = (document: unknown): unknown => JSON.parse(JSON.stringify(document));
  for (const { document, path, parent } of PLACES) {
    const isRequired = parent?.required?.includes(String(path.at(-1))) === true;
    expect([path, isFile(asEdited(withNull(document, path)))]).toEqual([path, !isRequired]);
  }
});

test('a required list or mapping that is null is reported as missing', () => {
  expect(documentProblems({ lab: null })).toEqual(['lab: is required']);
  expect(documentProblems({ lab: aLab({ sizes: null }) })).toEqual(['lab.sizes: is required']);
  expect(documentProblems({ images: { source: null } })).toEqual(['images.source: is required']);
});

test('the other spellings of keys are seen', () => {
  const affinity = { pod_affinity: { preferred: null, required: null }, [snakeCase('nodeAffinity')]: null };
  expect(parsed(aDocument({ lab: aLab({ init_containers: null, affinity }) })).config.lab).toMatchObject({
    initContainers: [],
    affinity: null,
  });
});

test('a key given as null and in its other spelling is given once', () => {
  const { lab } = parsed(aDocument({ lab: aLab({ nodeSelector: null, node_selector: { a: 'b' } }) })).config;
  expect(lab.nodeSelector).toEqual({ a: 'b' });
});

test('nulls in lists and for single values are refused as before', () => {
  expect(documentProblems({ lab: aLab({ volumes: [null], env: { A: null } }) })).toEqual([
    'lab.env.A: null is not allowed here; leave the key out',
    'lab.volumes[0]: null is not allowed here; leave the key out',
  ]);
});
