import { checkDocument } from '../../../src/config/config';
import { ConfigError, type Diagnostic, pathText } from '../../../src/config/diagnostics';
import {
  branches,
  configJsonSchema,
  type JsonSchema,
  type Place,
  visitDocument,
} from '../../../src/config/documents/json-schema';
import { EXAMPLES, exampleConfig, exampleDocument } from './examples';
import { ENVIRONMENT } from './sample-documents';
import { mistakesAt } from './wrong-values';

function placesOf(name: string): Place[] {
  const places: Place[] = [];
  visitDocument(exampleDocument(name), (place) => places.push(place));
  return places;
}

test('the examples are valid', () => {
  for (const name of EXAMPLES) expect(exampleConfig(name).config.lab.sizes.length).toBeGreaterThan(0);
});

/** The keys of the schema that `isPresent` knows nothing of. */
function keysWithout(schema: JsonSchema, isPresent: (key: JsonSchema) => boolean): string[] {
  return branches(schema, configJsonSchema()).flatMap(({ properties = {}, items, additionalProperties }) => [
    ...Object.entries(properties).flatMap(([key, child]) =>
      isPresent(child) || child.deprecated ? keysWithout(child, isPresent) : [key],
    ),
    ...(items ? keysWithout(items, isPresent) : []),
    ...(typeof additionalProperties === 'object' ? keysWithout(additionalProperties, isPresent) : []),
  ]);
}

test('the examples together have every key of the schema', () => {
  const present = new Set<string>();
  for (const { schema, value } of EXAMPLES.flatMap(placesOf)) {
    for (const [key, child] of Object.entries(schema?.properties ?? {})) {
      if (Object.hasOwn(Object(value), key)) present.add(JSON.stringify(child));
    }
  }
  expect(present.size).toBeGreaterThan(150);
  expect(keysWithout(configJsonSchema(), (key) => present.has(JSON.stringify(key)))).toEqual([]);
});

/** What is wrong with a document, by place; fails for anything thrown but a `ConfigError`. */
function problemsOf(document: unknown): readonly Diagnostic[] {
  try {
    checkDocument(document, ENVIRONMENT);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe.each(EXAMPLES)('wrong values made from the schema and the example %s', (name) => {
  const valid = exampleDocument(name);
  const cases = placesOf(name).flatMap((place) =>
    mistakesAt(place).map((mistake) => ({ ...mistake, at: pathText(place.path) })),
  );

  test('there are wrong values at every kind of place of the configuration', () => {
    expect(cases.length).toBeGreaterThan(400);
  });

  test('each wrong value gets an error with the place and the remedy', () => {
    const unanswered = cases.flatMap(({ what, path, apply }) => {
      const document = structuredClone(valid);
      apply(document);
      const problems = problemsOf(document);
      const place = pathText(path);
      const isNamed = problems.some(
        (problem) => problem.path === place || problem.path.startsWith(`${place}.`),
      );
      const isHelpful = problems.every(({ remedy, message }) => remedy.length > 10 && message.length > 5);
      return isNamed && isHelpful
        ? []
        : [`${place} with ${what}: ${problems.map(({ path, message }) => `${path}: ${message}`).join('; ')}`];
    });
    expect(unanswered).toEqual([]);
  });
});
