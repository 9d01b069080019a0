import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

const ROOT = join(__dirname, '../../..');

/** Files and folders that hold none of the refused words. */
const CLEAN = [
  'Dockerfile',
  'Makefile',
  'README.md',
  'bench',
  'compose',
  'config',
  'demo',
  'docker-compose.yml',
  'docs',
  'examples',
  'helm',
  'hub/README.md',
  'hub/src',
  'lab-files',
  'scripts',
  'src',
  'stack',
  'test',
];

/** Files below them that are not searched. */
const EXCEPT = [
  // List the words.
  /^docs\/glossary\.md$/,
  /^test\/unit\/documents\/words\.test\.ts$/,
  // Have local identifiers `lane`, `NOBODY` (the POSIX user) and `witnessPods`.
  /^src\/activities\/concurrently\.ts$/,
  /^src\/objects\/prepull-pod\.ts$/,
  /^test\/e2e\/prepull\.test\.ts$/,
  // Generated from `src`.
  /^docs\/api\/openapi\.json$/,
  /^docs\/reference\//,
  /^helm\/values\.schema\.json$/,
  // Lists of packages, with hashes.
  /\/go\.sum$/,
  /\/requirements[^/]*\.txt$/,
  /\.png$/,
  // Build results of Python.
  /\/(?:__pycache__|build|[\w.]+\.egg-info)\//,
];

/** Names of users, tokens, pods, processes and task queues in tests. */
const NAMES_IN_TESTS =
  /'(?:nobody|somebody|witness)'|\b(?:gt-nobody\.fake|nobody-ever|of-nobody|somebody-else)\b/g;

const glossary = readFileSync(join(ROOT, 'docs/glossary.md'), 'utf8');
const [, section = ''] = glossary.split('## Words that a test refuses');
const refused = [...(section.split(':', 2)[1] ?? '').matchAll(/`([a-z ]+)`/g)].map(([, word = '']) => word);
/** Not directly after `=` or a backtick, where a word is a name, such as that of the POSIX user `nobody`. */
const pattern = new RegExp(
  `(?<![=\`])\\b(?:${refused.map((word) => word.replace(' ', '\\s+')).join('|')})\\b`,
  'g',
);

/** A text in lower case with the words of its identifiers apart: `aWishList` and `a_wish-list` are `a wish list`. */
function wordsApart(text: string): string {
  return text
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/[_-]/g, ' ')
    .toLowerCase();
}

function refusedWordsOf(file: string): string[] {
  const content = readFileSync(join(ROOT, file), 'utf8');
  const text = `${file}\n${file.startsWith('test/') ? content.replace(NAMES_IN_TESTS, '') : content}`;
  return [...wordsApart(text).matchAll(pattern)].map(({ 0: word, index }) => {
    const line = wordsApart(text).slice(0, index).split('\n').length - 1;
    return `${file}:${line}: ${word}`;
  });
}

function filesOf(path: string): string[] {
  const place = join(ROOT, path);
  const files = statSync(place).isFile()
    ? [path]
    : readdirSync(place, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => relative(ROOT, join(parentPath, name)));
  return files.filter((file) => !EXCEPT.some((excepted) => excepted.test(file)));
}

test('the glossary lists the words that are refused', () => {
  expect(refused).toContain('testimony');
  expect(refused).toContain('being forgotten');
});

test.each([
  ['a word', 'Nobody reads it.', ['nobody']],
  ['a part of an identifier', 'const aWishList = the_story;', ['wish', 'story']],
  ['two words across a line end', 'a lab that is being\nforgotten', ['being\nforgotten']],
  ['no name of a POSIX user', '`nobody`, --reuid=nobody', []],
  ['no part of a word', 'history, planet, lanes-less wishful witnessing', ['lanes']],
])('the search finds %s', (_case, text, found) => {
  expect([...wordsApart(text).matchAll(pattern)].map(([word]) => word)).toEqual(found);
});

test.each(CLEAN)('%s holds no refused word', (path) => {
  const files = filesOf(path);
  expect(files).not.toEqual([]);
  expect(files.flatMap(refusedWordsOf)).toEqual([]);
});
