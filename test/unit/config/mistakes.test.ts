import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { parseConfig } from '../../../src/config/config';
import { ConfigError, type Diagnostic } from '../../../src/config/diagnostics';
import { ENVIRONMENT } from './sample-documents';

const MISTAKES = join(__dirname, '../../data/config/mistakes');
const EXPECTED = join(MISTAKES, '../mistakes.expected.yaml');

/** `UPDATE_GOLDEN=1` writes the diagnostics anew: then read the difference. */
const isUpdating = process.env.UPDATE_GOLDEN === '1';

const NAMES = readdirSync(MISTAKES).map((file) => file.replace('.yaml', ''));

function diagnosticsOf(name: string): readonly Diagnostic[] {
  const text = readFileSync(join(MISTAKES, `${name}.yaml`), 'utf8');
  try {
    return parseConfig(text, ENVIRONMENT).warnings.filter(({ severity }) => severity !== 'info');
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

if (isUpdating) {
  const found = Object.fromEntries(NAMES.map((name) => [name, diagnosticsOf(name)]));
  writeFileSync(EXPECTED, stringify(found, { lineWidth: 0 }));
}

const expected: Record<string, readonly Diagnostic[]> = parse(readFileSync(EXPECTED, 'utf8'));

test.each(NAMES)('the mistake "%s" is reported with path, value, rule and remedy', (name) => {
  const found = diagnosticsOf(name);
  expect(found).toEqual(expected[name]);
  const severity = name.startsWith('warning-') ? 'warning' : 'error';
  expect(found.map((diagnostic) => diagnostic.severity)).toEqual(found.map(() => severity));
  expect(found.length).toBeGreaterThan(0);
});

test('no diagnostic is expected of a file that is gone', () => {
  expect(Object.keys(expected)).toEqual(NAMES);
});
