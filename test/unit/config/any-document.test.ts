import * as fc from 'fast-check';
import { stringify } from 'yaml';
import { checkDocument, parseConfig } from '../../../src/config/config';
import { ConfigError } from '../../../src/config/diagnostics';
import { configJsonSchema } from '../../../src/config/documents/json-schema';
import { normalisedConfig } from '../../../src/config/documents/normalised';
import { aDocument, aLab, ENVIRONMENT } from './sample-documents';

/** Runs a check, and the dump of what it accepts; anything thrown that is no ConfigError fails the test. */
function attempt(check: () => ReturnType<typeof parseConfig>): 'accepted' | 'refused' {
  try {
    normalisedConfig(check().config);
    return 'accepted';
  } catch (error) {
    if (error instanceof ConfigError && error.problems.length > 0) return 'refused';
    throw error;
  }
}

const schema = configJsonSchema();

/** Keys of the file, of its sections, and those that every JavaScript object has. */
const KEYS = [
  ...Object.keys(schema.properties ?? {}),
  ...Object.values(schema.properties ?? {}).flatMap(({ properties }) => Object.keys(properties ?? {})),
  'toString',
  'valueOf',
  'constructor',
  '__proto__',
  'hasOwnProperty',
  'toJSON',
  'type',
  'length',
  '',
];

/** What a YAML reader makes of values: also dates, and mappings with any keys. */
const valueWith = (date: fc.Arbitrary<Date>) =>
  fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom(null, true, false, '', '4Gi', '5m', '{{ x }}', '__proto__', 'docker', 'hostPath'),
      fc.double(),
      fc.string(),
      date,
      fc.array(tie('any'), { maxLength: 4 }),
      fc.dictionary(fc.oneof(fc.constantFrom(...KEYS), fc.string()), tie('any'), { maxKeys: 5 }),
    ),
  })).any;

/** Such a value, or a valid document in which one of its values is replaced by it. */
const documentWith = (value: fc.Arbitrary<unknown>) =>
  fc.oneof(
    value,
    fc
      .tuple(fc.constantFrom(...KEYS), fc.constantFrom(...KEYS), value, fc.boolean())
      .map(([key, inner, content, isOfLab]) =>
        isOfLab
          ? aDocument({ lab: aLab({ [inner]: content }) })
          : aDocument({ [key]: key === inner ? content : { [inner]: content } }),
      ),
  );

const anyDocument = documentWith(valueWith(fc.date({ noInvalidDate: false })));

/** What can be written, as an invalid date cannot. */
const writableDocument = documentWith(valueWith(fc.date({ noInvalidDate: true })));

test('no document makes checking throw anything but a ConfigError', () => {
  fc.assert(
    fc.property(anyDocument, (document) => {
      expect(['accepted', 'refused']).toContain(attempt(() => checkDocument(document, ENVIRONMENT)));
    }),
    { numRuns: 300 },
  );
});

test('no document, written as YAML, makes reading it throw anything but a ConfigError', () => {
  fc.assert(
    fc.property(writableDocument, (document) => {
      const text = stringify(document, { version: '1.1' });
      expect(['accepted', 'refused']).toContain(attempt(() => parseConfig(text, ENVIRONMENT)));
    }),
    { numRuns: 100 },
  );
});

/** Pieces of YAML, also such as give sets, binary values, merges and aliases. */
const PIECES =
  `lab: |images:\n|  |- |? |: |&a |*a|<<: |!!set |!!omap |!!binary |!x |{|}|[|]|,|\n|---\n|...\n|"|'|>\n|#|%YAML 1.1\n|2077-99-99|.inf|0x|1e999|-|\t|\u0000|\ufeff|toString: |a: 1\n|true|~`.split(
    '|',
  );

test('no text makes reading it throw anything but a ConfigError', () => {
  const piece = fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...PIECES) }, fc.string());
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      expect(['accepted', 'refused']).toContain(attempt(() => parseConfig(pieces.join(''), ENVIRONMENT)));
    }),
    { numRuns: 300 },
  );
});

test.each([100, 1_000, 20_000])('%d levels of nesting are refused with an error', (levels) => {
  const deep = (open: string, close: string) => `${open.repeat(levels)}1${close.repeat(levels)}`;
  for (const text of [
    deep('[', ']'),
    deep('{a: ', '}'),
    `lab: {env: ${deep('{a: ', '}')}}`,
    '- '.repeat(levels),
  ]) {
    expect(attempt(() => parseConfig(text, ENVIRONMENT))).toBe('refused');
  }
});

test('a mapping with a key of JavaScript objects, where a boolean is asked for, is refused for being a mapping', () => {
  const lab = aLab({ standardInithome: { toString: 1 } });

  expect(() => checkDocument(aDocument({ lab }), ENVIRONMENT)).toThrow(
    /standardInithome: a mapping is not a boolean/,
  );
});
