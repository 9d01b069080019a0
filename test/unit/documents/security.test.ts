import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../../..');
const PAGE = readFileSync(join(ROOT, 'docs/security.md'), 'utf8');

/** The rows that name a test: what is tried, the file below `test/`, and the beginning of the test's name. */
const rows = [...PAGE.matchAll(/^\| (.+?) +\| .+ \| `([\w/.-]+\.test\.ts)`: (.+?) +\|$/gm)].map(
  ([, attempt = '', file = '', name = '']) => ({ attempt, file, name }),
);

test('the page names tests', () => {
  expect(rows.length).toBeGreaterThan(20);
  const lines = PAGE.split('\n').filter((line) => line.includes('.test.ts`'));
  expect(rows).toHaveLength(lines.length);
});

test.each(rows)('$attempt: $file exists and has the named test', ({ file, name }) => {
  const path = join(ROOT, 'test', file);
  expect(existsSync(path)).toBe(true);
  expect(readFileSync(path, 'utf8')).toContain(name);
});
