import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { entryKind, replaceFile } from './files';
import { homeDirectoryIn } from './home-directory';
import { readHomeNotice, startupDirectory } from './home-space/notice';
import { previewMarkdown } from './lab-settings';
import { describeError } from './system-error';
import type { Report, Variables } from './variables';

/** Files to copy and the directory to copy them to. */
interface LandingPage {
  readonly sources: readonly string[];
  readonly target: string;
}

/** Reads the variables of the landing page; the defaults are those of Rubin's tutorials. */
export function landingPageIn(home: string, variables: Variables): LandingPage {
  const source = variables.CST_LANDING_PAGE_SRC_DIR || '/rubin/cst_repos/tutorial-notebooks-data/welcome';
  const names = (variables.CST_LANDING_PAGE_FILES || 'welcome.md,logo_for_header.png')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => !['', '.', '..'].includes(basename(name)));
  return {
    sources: names.map((name) => join(source, name)),
    target: resolve(home, variables.CST_LANDING_PAGE_TGT_DIR || 'notebooks/tutorials'),
  };
}

/** A page with a notice above it. */
function withNotice(notice: string, page: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${notice}\n`), page]);
}

/** Copies a file, with a notice above it where one is given. */
function copyInto(directory: string, source: string, notice: string | null): string {
  if (!statSync(source).isFile()) throw new Error(`${source} is not a file`);
  const target = join(directory, basename(source));
  const kind = entryKind(target);
  if (kind === 'directory' || kind === 'other')
    throw new Error(`${target} is a ${kind}, which is left alone`);
  const page = readFileSync(source);
  replaceFile(target, notice === null ? page : withNotice(notice, page));
  return target;
}

/**
 * Copies the landing page into the home directory, replacing files and links, and makes JupyterLab show Markdown
 * rendered. Where the home directory is almost full, its first Markdown file says so. Failures are reported; never
 * throws.
 */
export function provideLandingPage(variables: Variables, report: Report): void {
  const attempt = (what: string, act: () => void): void => {
    try {
      act();
    } catch (error) {
      report(`warning: ${what} failed: ${describeError(error)}`);
    }
  };
  const home = homeDirectoryIn(variables);
  if (home === null || !existsSync(home)) {
    report('warning: the landing page was left out: NUBLADO_HOME is not the path of a directory');
    return;
  }
  const { sources, target } = landingPageIn(home, variables);
  attempt(`creating ${target}`, () => mkdirSync(target, { recursive: true, mode: 0o755 }));
  const notice = readHomeNotice(startupDirectory(variables));
  const first = sources.find((source) => source.endsWith('.md'));
  for (const source of sources) {
    const above = source === first ? notice : null;
    attempt(`copying ${source}`, () => report(`${copyInto(target, source, above)} was copied`));
  }
  attempt('setting the Markdown viewer', () => previewMarkdown(home, report));
}
