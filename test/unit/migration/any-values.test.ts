import * as fc from 'fast-check';
import { stringify } from 'yaml';
import { checkValues } from '../../../src/migration/chart/check';
import { RULES } from '../../../src/migration/chart/rules';
import { convertProfiles } from '../../../src/migration/profiles/convert';
import type { Report } from '../../../src/migration/report';
import { reportText } from '../../../src/migration/text';
import { readDocuments, readValues, UnusableFiles } from '../../../src/migration/values/read';

const WORDS = [
  ...new Set([...RULES.keys()].flatMap((path) => path.split('.'))),
  'config',
  'lab',
  'images',
  'env',
  'files',
  'sizes',
  'volumes',
  'source',
  'metrics',
  'tmpSource',
  'profile',
  'profileList',
  'singleuser',
  'kubespawner_override',
  'profile_options',
  'choices',
  'image',
  'cpu_limit',
  'mem_limit',
  'display_name',
  'default',
  '__proto__',
  'constructor',
  'toString',
  '',
  'a.b',
  '\u009b',
];

const anyValue = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.constantFrom(null, true, false, '', 'nfs', '/scratch', 'quay.io/a/b:c', '4G', 'a: b', '__proto__'),
    fc.double(),
    fc.integer(),
    fc.string(),
    fc.date({ noInvalidDate: true }),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...WORDS), fc.string()), tie('any'), { maxKeys: 6 }),
  ),
})).any;

/** Values whose rules are asked for: some path of the rules, with anything at it. */
const anySite = fc
  .array(fc.tuple(fc.constantFrom(...RULES.keys(), 'controller.config', 'controller.config.lab'), anyValue), {
    maxLength: 5,
  })
  .map((entries) => {
    const values: Record<string, unknown> = {};
    for (const [path, value] of entries) {
      const keys = path.split('.');
      let holder = values;
      for (const key of keys.slice(0, -1)) {
        const inner = holder[key];
        holder = (
          typeof inner === 'object' && inner !== null && !Array.isArray(inner) && !(inner instanceof Date)
            ? inner
            : (holder[key] = {})
        ) as Record<string, unknown>;
      }
      holder[keys.at(-1) ?? ''] = value;
    }
    return values;
  });

/** A report that can be shown and written, or a refusal; anything else that is thrown fails the test. */
function outcomeOf(make: () => Report<unknown>): 'report' | 'refusal' {
  try {
    const { lines, result } = make();
    expect(reportText(lines).split('\n').length).toBeGreaterThan(lines.length);
    expect(stringify(result, { version: '1.1', aliasDuplicateObjects: false })).toMatch(/\n$/);
    for (const { at } of lines.filter(({ at }) => at !== null)) expect(at?.line).toBeGreaterThan(0);
    return 'report';
  } catch (error) {
    if (error instanceof UnusableFiles && error.message !== '') return 'refusal';
    throw error;
  }
}

const written = (value: unknown): string => stringify(value, { version: '1.1' });

const OUTCOMES = ['report', 'refusal'];

test('any values give a report or a refusal', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(anySite, anyValue), { minLength: 1, maxLength: 3 }), (values) => {
      const files = values.map((value, index) => ({ name: `${index}.yaml`, text: written(value) }));
      const names = files.map(({ name }) => name);
      expect(OUTCOMES).toContain(outcomeOf(() => checkValues(readValues(files), names)));
    }),
    { numRuns: 500 },
  );
});

test('the values of a site are mostly reported on', () => {
  const reports = fc
    .sample(anySite, 100)
    .map((values) => ({ name: 'a.yaml', text: written({ controller: {}, ...values }) }))
    .filter((file) => outcomeOf(() => checkValues(readValues([file]), [file.name])) === 'report');
  expect(reports.length).toBeGreaterThan(80);
});

const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('a: *b', '? [a]: b', '!!set {a}'),
);

test('any text gives a report or a refusal', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const file = { name: 'a.yaml', text };
      expect(OUTCOMES).toContain(outcomeOf(() => checkValues(readValues([file]), ['a.yaml'])));
      expect(OUTCOMES).toContain(outcomeOf(() => convertProfiles(readDocuments(file), 'a.yaml')));
    }),
    { numRuns: 500 },
  );
});

test('any profiles give a report or a refusal', () => {
  const content = fc.oneof(
    fc.array(anyValue, { minLength: 1, maxLength: 4 }),
    fc.array(anyValue, { maxLength: 4 }).map((profileList) => ({ singleuser: { profileList } })),
    anyValue,
  );
  fc.assert(
    fc.property(content, (value) => {
      const file = { name: 'a.yaml', text: written(value) };
      expect(OUTCOMES).toContain(outcomeOf(() => convertProfiles(readDocuments(file), 'a.yaml')));
    }),
    { numRuns: 500 },
  );
});
