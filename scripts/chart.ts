import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildComponents } from '../stack/build';
import { HELM_DOCS } from '../stack/components';

const CHART = join(__dirname, '../helm');

/** The README of the Helm chart, as helm-docs writes it. Builds helm-docs unless that is done. */
export async function chartReadme(): Promise<string> {
  const { 'helm-docs': helmDocs = '' } = await buildComponents({ components: [HELM_DOCS] });
  const args = [
    '--chart-search-root',
    CHART,
    '--dry-run',
    '--sort-values-order',
    'file',
    '--log-level',
    'error',
  ];
  return `${execFileSync(helmDocs, args, { encoding: 'utf8' }).trim()}\n`;
}

if (require.main === module) {
  void chartReadme().then((text) => writeFileSync(join(CHART, 'README.md'), text));
}
