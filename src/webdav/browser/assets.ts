import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { temporaryNameOf } from '../tree/temporary-names';
import { style } from './style';

/** Scripts of the page, by the names under which they import each other; the first one is the page's. */
export const SCRIPTS = [
  'main',
  'actions',
  'announcements',
  'chosen-files',
  'conditions',
  'dialogs',
  'elements',
  'entries',
  'folder-choice',
  'names',
  'outcomes',
  'overwriting',
  'requests',
  'table',
  'transfer',
  'upload-panel',
  'uploads',
] as const;

/** Name of the style. */
export const STYLE = 'style';

/** A script or the style. */
export interface Asset {
  readonly type: string;
  readonly body: Buffer;
}

/** Scripts and style of one version. */
export interface Assets {
  /** Path of their folder: a temporary name made from the content, which no file can have and no listing shows. */
  readonly folder: string;
  readonly byName: ReadonlyMap<string, Asset>;
}

/** Reads scripts and style; some milliseconds, when the first person comes. */
export function readAssets(): Assets {
  const byName = new Map<string, Asset>();
  for (const name of SCRIPTS) {
    byName.set(name, { type: 'text/javascript; charset=utf-8', body: Buffer.from(scriptOf(name)) });
  }
  byName.set(STYLE, { type: 'text/css; charset=utf-8', body: Buffer.from(style) });
  const hash = createHash('sha256');
  for (const [name, { body }] of byName) hash.update(`${name} ${body.length}\n`).update(body);
  return { folder: `/${temporaryNameOf(hash.digest('hex').slice(0, 16))}`, byName };
}

/** The compiled script; run from its sources, the server compiles them itself. */
function scriptOf(name: string): string {
  const path = join(__dirname, 'client', name);
  return existsSync(`${path}.js`)
    ? readFileSync(`${path}.js`, 'utf8')
    : stripTypeScriptTypes(readFileSync(`${path}.ts`, 'utf8'));
}
