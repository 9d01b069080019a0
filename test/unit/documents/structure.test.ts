import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { currentPage, folderImports } from '../../../scripts/structure';

test('the architecture page draws the imports as they are in the sources (npm run structure)', () => {
  expect(readFileSync(join(__dirname, '../../../docs/architecture.md'), 'utf8')).toBe(currentPage());
});

test('the drawn imports include those by types only, as such', () => {
  const edges = folderImports();
  expect(edges).toContainEqual({ from: 'config', to: 'domain', isTypesOnly: false });
  expect(edges).toContainEqual({ from: 'workflows/lab', to: 'activities', isTypesOnly: true });
});
