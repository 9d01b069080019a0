import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { readTextAt, replaceFile } from '../files';
import type { Report } from '../variables';
import type { CREDENTIAL_VARIABLES, Overrides } from './lab-process';

type CredentialVariable = (typeof CREDENTIAL_VARIABLES)[number];

const MERGES: Readonly<Record<CredentialVariable, (own: string, site: string) => string>> = {
  AWS_SHARED_CREDENTIALS_FILE: mergeAwsCredentials,
  PGPASSFILE: mergePasswords,
};

/**
 * Merges a file of the site's credentials into the user's, with mode 0600: PostgreSQL ignores other modes. A link is
 * replaced by a file.
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

interface Section {
  /** Null for the text before the first section. */
  readonly name: string | null;
  readonly text: string;
}

const HEADER = /^\[(.+)\]/;

function sectionsOf(text: string): Section[] {
  return text
    .split(/^(?=\[.+\])/m)
    .map((part) => ({ name: HEADER.exec(part)?.[1]?.trim() ?? null, text: part }));
}

/**
 * Merges AWS credentials files: the site's sections replace those of the same name; the rest of the user's file
 * is unchanged.
 */
export function mergeAwsCredentials(own: string, site: string): string {
  const given = new Map(sectionsOf(site).flatMap(({ name, text }) => (name === null ? [] : [[name, text]])));
  const kept = sectionsOf(own).flatMap(({ name, text }) => {
    const replacement = name === null ? undefined : given.get(name);
    if (name === null || replacement === undefined) return [text];
    given.set(name, '');
    return [replacement];
  });
  return [...kept, ...given.values()]
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map((text) => `${text}\n`)
    .join('\n');
}

/** Host, port, database and user, with backslash as escape character; the password follows. */
const CONNECTION = /^(?!#)((?:\\.|[^\\:])*:){4}/;

const linesOf = (text: string): string[] => text.split(/\r?\n/).filter((line) => line.trim() !== '');

/**
 * Merges PostgreSQL password files: the site's passwords replace those for the same connection; the rest of the
 * user's file is unchanged.
 */
export function mergePasswords(own: string, site: string): string {
  const given = new Map(
    linesOf(site).flatMap((line) => {
      const connection = CONNECTION.exec(line)?.[0];
      return connection === undefined ? [] : [[connection, line]];
    }),
  );
  const placed = new Set<string>();
  const kept = linesOf(own).flatMap((line) => {
    const connection = CONNECTION.exec(line)?.[0];
    const replacement = connection === undefined ? undefined : given.get(connection);
    if (connection === undefined || replacement === undefined) return [line];
    if (placed.has(connection)) return [];
    placed.add(connection);
    return [replacement];
  });
  const added = [...given].filter(([connection]) => !placed.has(connection)).map(([, line]) => line);
  return [...kept, ...added].map((line) => `${line}\n`).join('');
}
