import { join } from 'node:path';
import { entryKind, readTextAt, rewriteFile } from './files';
import type { Report } from './variables';

type Settings = Readonly<Record<string, unknown>>;

/** Strings, comments and trailing commas. Unterminated ones match too; `JSON.parse` refuses them. */
const STRINGS_AND_COMMENTS = /"(?:\\.|[^"\\])*"?|\/\/[^\n]*|\/\*[^]*?(?:\*\/|$)|,(?=\s*[}\]])/g;

/** Parses a settings file of JupyterLab: a JSON object with comments; null if it is none. */
export function parseSettings(text: string): Settings | null {
  const json = text.replace(STRINGS_AND_COMMENTS, (part) => (isKept(part) ? part : ''));
  if (json.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(json);
    return isSettings(value) ? value : null;
  } catch {
    return null;
  }
}

function isKept(part: string): boolean {
  const isEndless = part.startsWith('/*') && (part.length < 4 || !part.endsWith('*/'));
  return part.startsWith('"') || isEndless;
}

function isSettings(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Path of a user's settings of a plug-in of a JupyterLab extension. */
function settingsPath(home: string, extension: string, plugin: string): string {
  return join(home, '.jupyter/lab/user-settings', extension, `${plugin}.jupyterlab-settings`);
}

/**
 * Changes a user's settings of a plug-in; `change` returns null to keep them. Links and files that cannot be parsed are
 * not changed. Comments in a changed file are lost.
 */
function changeSettings(path: string, change: (settings: Settings) => Settings | null, report: Report): void {
  const kind = entryKind(path);
  const settings = kind === 'nothing' ? {} : kind === 'file' ? parseSettings(readTextAt(path) ?? '') : null;
  if (settings === null) {
    report(`warning: ${path} was left alone: it is ${kind === 'file' ? 'no JSON object' : `a ${kind}`}`);
    return;
  }
  const changed = change(settings);
  if (changed === null) return;
  rewriteFile(path, `${JSON.stringify(changed, null, 2)}\n`);
  report(`${path} was written`);
}

function withMarkdownPreview(settings: Settings): Settings | null {
  const viewers = settings.defaultViewers ?? {};
  if (!isSettings(viewers) || 'markdown' in viewers) return null;
  return { ...settings, defaultViewers: { ...viewers, markdown: 'Markdown Preview' } };
}

/** Makes JupyterLab show Markdown files rendered, unless the user has chosen a viewer. */
export function previewMarkdown(home: string, report: Report): void {
  changeSettings(
    settingsPath(home, '@jupyterlab/docmanager-extension', 'plugin'),
    withMarkdownPreview,
    report,
  );
}

const SHOWN_OUTPUTS = 10_000;

/** 0 shows all. */
function withManyOutputs(settings: Settings): Settings | null {
  const { maxNumberOutputs: present } = settings;
  const isEnough = typeof present === 'number' && (present >= SHOWN_OUTPUTS || present === 0);
  return isEnough ? null : { ...settings, maxNumberOutputs: SHOWN_OUTPUTS };
}

/** Makes notebooks show up to 10,000 outputs of a cell, unless the user's limit is higher. */
export function showManyOutputs(home: string, report: Report): void {
  changeSettings(settingsPath(home, '@jupyterlab/notebook-extension', 'tracker'), withManyOutputs, report);
}
