import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { readTextAt, replaceFile } from '../files';
import type { Report } from '../variables';
import { mergeAwsCredentials } from './aws-credentials';
import { mergePasswords } from './postgres-passwords';
import type { CREDENTIAL_VARIABLES, Overrides } from './variables';

type CredentialVariable = (typeof CREDENTIAL_VARIABLES)[number];

const MERGES: Readonly<Record<CredentialVariable, (own: string, site: string) => string>> = {
  AWS_SHARED_CREDENTIALS_FILE: mergeAwsCredentials,
  PGPASSFILE: mergePasswords,
};

/**
 * Merges a file of the site's credentials into the user's, which becomes readable by nobody else: PostgreSQL
 * ignores it otherwise. A link in its place becomes a file.
 */
export function mergeCredentials(variable: CredentialVariable, overrides: Overrides, report: Report): void {
  const target = overrides[variable];
  const source = overrides[`ORIG_${variable}`];
  if (target === undefined || source === undefined) return;
  const site = readTextAt(source);
  if (site === null) {
    report(`warning: ${target} was not changed: there is no file ${source}`);
    return;
  }
  mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
  replaceFile(target, MERGES[variable](readTextAt(target) ?? '', site), 0o600);
  report(`${source} was merged into ${target}`);
}
