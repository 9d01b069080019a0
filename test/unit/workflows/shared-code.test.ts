import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/*
 * The code of workflows is loaded once for all workflows of a worker (scripts/workflow-bundle.ts): what a module keeps of one, all
 * others see.
 */

const ROOT = join(__dirname, '../../..');
const SOURCES = ['src/workflows/**/*.ts', 'src/domain/**/*.ts', 'src/workflow-clients/names.ts'];

/** Statements of a formatted module, at the start of a line, by which it could keep state: variables, and empty containers. */
const STATE =
  /^(?:export )?(?:(?:let|var) .*|const \w+(?:: .+)? = (?:new [\w.]+(?:<.*>)?\(\)|\[\]|\{\}).*);$/gm;

const stateOf = (text: string): string[] => text.match(STATE) ?? [];

test.each([
  'let count = 0;',
  'export const known = new Map<string, number>();',
  'const seen: string[] = [];',
  'const byName = {};',
  'export const known: Map<string, number> = new Map();',
])('%s is found', (text) => {
  expect(stateOf(text)).toHaveLength(1);
});

test.each(["const DOMAINS = new Set(['a']);", 'export const LIMIT = 5;', 'function f() {\n  let x = 1;\n}'])(
  '%s is no state',
  (text) => {
    expect(stateOf(text)).toEqual([]);
  },
);

test('no module of the workflows keeps state', () => {
  const files = globSync(SOURCES, { cwd: ROOT });
  expect(files.length).toBeGreaterThan(100);
  const found = files.flatMap((file) =>
    stateOf(readFileSync(join(ROOT, file), 'utf8')).map((statement) => `${file}: ${statement}`),
  );
  expect(found).toEqual([]);
});
