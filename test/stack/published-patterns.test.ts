import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020';
import * as fc from 'fast-check';
import { z } from 'zod';
import { configSchema } from '../../src/config/config-file';
import { portablePattern } from '../../src/domain/portable-pattern';
import { type Helm, theHelm, withFiles } from '../support/helm';

const ROOT = join(__dirname, '../..');
const PUBLISHED = [
  'helm/values.schema.json',
  'docs/reference/configuration.schema.json',
  'docs/api/openapi.json',
];

/** Every pattern of a document, once. */
function patternsIn(path: string): string[] {
  const patterns = new Set<string>();
  JSON.parse(readFileSync(join(ROOT, path), 'utf8'), (key, value: unknown) => {
    if (key === 'pattern' && typeof value === 'string') patterns.add(value);
    return value;
  });
  return [...patterns];
}

const PATTERNS = [...new Set(PUBLISHED.flatMap(patternsIn))];

interface Case {
  readonly pattern: string;
  readonly text: string;
}

let helm: Helm;

beforeAll(async () => {
  helm = await theHelm();
});

const CHART = {
  'Chart.yaml': 'apiVersion: v2\nname: patterns\nversion: 0.0.0\n',
  'cases.json': '',
};

/** What Go's regular expressions, as Helm's templates use them, say of each case. */
function inGo(cases: readonly Case[]): boolean[] {
  return withFiles({ ...CHART, 'cases.json': JSON.stringify(cases) }, (directory) => {
    mkdirSync(join(directory, 'templates'));
    const template =
      'verdicts:{{- range .Files.Get "cases.json" | fromJsonArray }}\n- {{ mustRegexMatch .pattern .text }}{{ end }}\n';
    writeFileSync(join(directory, 'templates/verdicts.yaml'), template);
    const { output, errors } = helm('template', 'release', directory);
    expect(errors).toBe('');
    return [...output.matchAll(/^- (true|false)$/gm)].map(([, verdict]) => verdict === 'true');
  });
}

const PYTHON = `
import json, re, sys, warnings
warnings.simplefilter("error")
print(json.dumps([re.search(c["pattern"], c["text"]) is not None for c in json.load(sys.stdin)]))
`;

/** What Python's regular expressions say of each case. */
function inPython(cases: readonly Case[]): boolean[] {
  const { stdout, stderr } = spawnSync('python3', ['-c', PYTHON], {
    input: JSON.stringify(cases),
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return z.array(z.boolean()).parse(JSON.parse(stdout));
}

const inJavaScript = (cases: readonly Case[]): boolean[] =>
  cases.map(({ pattern, text }) => new RegExp(pattern).test(text));

/** Characters in which the three differ if they can. */
const tricky = fc.constantFrom(
  ...'a0Z_-./:,\n\r\t\v\f \u00a0\u0660\u00e9\u017f\u212a\u2028\ufeff\u{1f600}"\\{}',
);

/** Texts that fit a pattern, texts that nearly do, and others; without lone surrogates, which JSON cannot carry. */
function textsFor(pattern: string): string[] {
  const fitting = fc.stringMatching(new RegExp(pattern));
  const near = fc.tuple(fitting, tricky, fc.nat()).map(([text, character, at]) => {
    const place = at % (text.length + 1);
    return text.slice(0, place) + character + text.slice(place);
  });
  const any = fc.string({ unit: tricky, maxLength: 12 });
  return fc
    .sample(fc.oneof(fitting, near, any), { numRuns: 150, seed: 20_261_128 })
    .filter((text) => text.isWellFormed());
}

const casesOf = (patterns: readonly string[]): Case[] =>
  patterns.flatMap((pattern) => textsFor(pattern).map((text) => ({ pattern, text })));

test.each(PUBLISHED)('every pattern of %s is in the form that all readers take', (path) => {
  const patterns = patternsIn(path);
  expect(patterns.length).toBeGreaterThan(0);
  expect(patterns.map(portablePattern)).toEqual(patterns);
});

test('Go and JavaScript read every published pattern alike', () => {
  const cases = casesOf(PATTERNS);
  expect(inGo(cases)).toEqual(inJavaScript(cases));
});

test('Python reads them alike too, but for a line break at the end', () => {
  const cases = casesOf(PATTERNS).filter(({ text }) => !text.endsWith('\n'));
  expect(inPython(cases)).toEqual(inJavaScript(cases));
});

test('what only JavaScript reads is seen', () => {
  const foreign = [{ pattern: '[^]', text: 'a' }];
  expect(() => inGo(foreign)).toThrow('error parsing regexp');
  expect(() => inPython(foreign)).toThrow('re.error');
});

/** Values that hardly come up by chance. */
const COMMON = ['2026-01-31', '2026-01-31T10:00:00Z', '1.2.3', '5m', '1h 30m', '3Gi', '7', 'INFO'];

/** The single values of the configuration that have a pattern: the schema that reads them, and what is published. */
function patternedFields(): (readonly [z.ZodType, object])[] {
  const fields = new Map<string, readonly [z.ZodType, object]>();
  z.toJSONSchema(configSchema, {
    io: 'input',
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema }) {
      const text = JSON.stringify(jsonSchema);
      if (text.includes('"pattern"') && 'x-rule' in jsonSchema) {
        fields.set(text, [zodSchema as unknown as z.ZodType, { ...jsonSchema }]);
      }
    },
  });
  return [...fields.values()];
}

test('no published pattern refuses what the controller accepts', () => {
  const fields = patternedFields();
  expect(fields.length).toBeGreaterThan(15);
  const ajv = new Ajv2020({ strict: false });
  for (const [field, schema] of fields) {
    const isPublished = ajv.compile(
      JSON.parse(JSON.stringify(schema), (key, value: unknown) =>
        key === 'pattern' && typeof value === 'string' ? portablePattern(value) : value,
      ),
    );
    const patterns = [...JSON.stringify(schema).matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g)].map(
      ([, text = '""']): string => JSON.parse(text),
    );
    const texts = [...patterns.flatMap(textsFor), ...COMMON];
    const accepted = texts.filter((text) => field.safeParse(text).success);
    expect([schema, accepted.length]).not.toEqual([schema, 0]);
    expect(accepted.filter((text) => !isPublished(text))).toEqual([]);
  }
});
