import { beginning, withoutCredentials } from './credentials';

const MAX_LENGTH = 500;

/** As much as is looked at: what is left out of it leaves enough for `MAX_LENGTH`. */
const MAX_READ = 4_000;

/** Sign-in data and queries of URLs: registries hand out links that are valid for whoever has them. */
const URL_USER = /:\/\/[^\s/@"']+@/g;
const WORD = /[^\s"']+/g;

/**
 * What Kubernetes, a registry or a container said, fit to be shown: one line of bounded length, without the
 * parts of URLs and headers that are credentials.
 */
export function clusterWords(text: string | null | undefined): string | null {
  const read = beginning(text ?? '', MAX_READ)
    .replace(URL_USER, '://')
    .replace(WORD, withoutQuery);
  const line = withoutCredentials(read)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  if (line === '') return null;
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH - 1)}…` : line;
}

function withoutQuery(word: string): string {
  const scheme = word.indexOf('://');
  const query = scheme < 1 ? -1 : word.indexOf('?', scheme + '://'.length);
  return query < 0 ? word : word.slice(0, query);
}
