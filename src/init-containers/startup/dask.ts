import { readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { Document, parseDocument } from 'yaml';
import { entryKind, modeOf, replaceFile, rewriteFile } from '../files';
import type { Report } from '../variables';

const LINK = ['distributed', 'dashboard', 'link'];
const OLD_BASE = '{EXTERNAL_INSTANCE_URL}{JUPYTERHUB_SERVICE_PREFIX}';
const NEW_BASE = '{JUPYTERHUB_PUBLIC_URL}';
const NEW_LINK = `${NEW_BASE}proxy/{port}/status`;

/** Whether a document contains no setting. */
function isBlank(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value === null || value === undefined;
  return !Array.isArray(value) && Object.values(value).every(isBlank);
}

/** A free name for a backup of a file, which Dask does not read. */
function backupName(path: string, now: Date): string {
  const dated = `${path}.${now.toISOString().slice(0, 10)}`;
  for (let count = 1; ; count += 1) {
    const name = count === 1 ? dated : `${dated}.${count}`;
    if (entryKind(name) === 'nothing') return name;
  }
}

/** Corrects one file; returns whether it sets the dashboard's link. */
function tidy(path: string, now: Date, report: Report): boolean {
  const text = readFileSync(path, 'utf8');
  const document = parseDocument(text, { logLevel: 'silent' });
  if (document.errors.length > 0) {
    report(`warning: ${path} was left alone: it is no YAML`);
    return false;
  }
  if (isBlank(document.toJS())) {
    const aside = backupName(path, now);
    renameSync(path, aside);
    report(`${path}, which sets nothing, was moved to ${aside}`);
    return false;
  }
  const link = document.getIn(LINK);
  if (typeof link === 'string' && link.includes(OLD_BASE)) {
    replaceFile(backupName(path, now), text, modeOf(path));
    rewriteFile(path, text.replaceAll(OLD_BASE, NEW_BASE));
    report(`the link to the dashboard in ${path} was brought up to date`);
  }
  return typeof link === 'string';
}

/** Adds the link to a file, keeping the user's other settings. */
function addLink(path: string, report: Report): void {
  const document = entryKind(path) === 'file' ? parseDocument(readFileSync(path, 'utf8')) : new Document({});
  document.setIn(LINK, NEW_LINK);
  rewriteFile(path, document.toString());
  report(`${path} was written`);
}

/**
 * Configures the link to Dask's dashboard through the hub's proxy. Empty files are renamed, links of an older form are
 * updated, and one is added if there is none; a user's own link is kept.
 */
export function configureDask(home: string, now: Date, report: Report): void {
  const directory = join(home, '.config/dask');
  const names = entryKind(directory) === 'nothing' ? [] : readdirSync(directory);
  const paths = names.filter((name) => /\.ya?ml$/.test(name)).map((name) => join(directory, name));
  const hasLink = paths.filter((path) => entryKind(path) === 'file').map((path) => tidy(path, now, report));
  const path = join(directory, 'dashboard.yaml');
  if (!hasLink.includes(true) && ['file', 'nothing'].includes(entryKind(path))) addLink(path, report);
}
