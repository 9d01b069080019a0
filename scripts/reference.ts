import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { editorSchema, valuesSchema } from './configuration/editor-schema';
import { configurationReference } from './configuration/reference';
import { defaultValues } from './configuration/values-schema';
import { permissionsReference } from './permissions/reference';

const json = (document: object): string => `${JSON.stringify(document, null, 2)}\n`;

/** Files generated from the configuration's schema, and the chart's values and rules, by path in the checkout. */
export const GENERATED: Readonly<Record<string, () => string>> = {
  'docs/reference/configuration.md': configurationReference,
  'docs/reference/configuration.schema.json': () => json(editorSchema()),
  'docs/reference/permissions.md': permissionsReference,
  'helm/files/defaults.json': () => json(defaultValues()),
  'helm/values.schema.json': () => json(valuesSchema()),
};

if (require.main === module) {
  for (const [path, generate] of Object.entries(GENERATED)) {
    const target = join(__dirname, '..', path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, generate());
  }
}
