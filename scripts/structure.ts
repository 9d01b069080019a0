import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';

const ROOT = join(__dirname, '..');
const PAGE = 'docs/architecture.md';
const BLOCK = /(<!-- structure: `npm run structure` writes this -->\n)[^]*?(<!-- end of structure -->)/;

/** An import of one folder of `src/` by another. */
interface FolderImport {
  readonly from: string;
  readonly to: string;
  /** Whether nothing but types is imported. */
  readonly isTypesOnly: boolean;
}

/** Folders that make up a layer each; every other folder belongs to the first one of its path. */
const DEEPER = new Set(['workflows']);

/** The page that shows the structure, with the block as the sources are now. */
export function currentPage(): string {
  const page = readFileSync(join(ROOT, PAGE), 'utf8');
  if (!BLOCK.test(page)) throw new Error(`${PAGE} has no block for the structure`);
  return page.replace(BLOCK, (_block, begin, end) => `${begin}\n${diagram(folderImports())}\n${end}`);
}

/** Reads which folders import which from all files of `src/`. */
export function folderImports(): FolderImport[] {
  const edges = new Map<string, FolderImport>();
  for (const path of globSync('src/**/*.ts', { cwd: ROOT }).toSorted()) {
    const file = path.split('\\').join('/');
    const from = folderOf(file);
    for (const { specifier, isTypesOnly } of importsOf(readFileSync(join(ROOT, path), 'utf8'))) {
      const to = folderOf(posix.join(dirname(file), specifier));
      if (from === to) continue;
      const key = `${from} ${to}`;
      edges.set(key, { from, to, isTypesOnly: isTypesOnly && (edges.get(key)?.isTypesOnly ?? true) });
    }
  }
  return [...edges.values()].toSorted((a, b) => `${a.from} ${a.to}`.localeCompare(`${b.from} ${b.to}`));
}

function importsOf(text: string): { specifier: string; isTypesOnly: boolean }[] {
  const statements = text.matchAll(/^(?:import|export)\s+(type\s)?([^;'"]*?)\s*from\s+'(\.[^']+)'/gm);
  return [...statements].map(([, type, names = '', specifier = '']) => {
    const listed = /\{([^}]*)\}/.exec(names)?.[1]?.split(',') ?? [''];
    const isEachType = listed.every((name) => name.trim() === '' || name.trim().startsWith('type '));
    return { specifier, isTypesOnly: type !== undefined || (names.includes('{') && isEachType) };
  });
}

function folderOf(path: string): string {
  const [, first = '', second = ''] = path.split('/');
  return DEEPER.has(first) && !second.endsWith('.ts') && path.split('/').length > 3
    ? `${first}/${second}`
    : first;
}

function diagram(edges: readonly FolderImport[]): string {
  const lines = edges.map(({ from, to, isTypesOnly }) => `  ${from} ${isTypesOnly ? '-.->' : '-->'} ${to}`);
  return ['```mermaid', 'flowchart TD', ...lines, '```', ''].join('\n');
}

if (require.main === module) writeFileSync(join(ROOT, PAGE), currentPage());
