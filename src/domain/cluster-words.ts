const MAX_LENGTH = 500;

/** Sign-in data and queries of URLs: registries hand out links that are valid for whoever has them. */
const URL_USER = /(\w+:\/\/)[^\s/@"']+@/g;
const URL_QUERY = /(\w+:\/\/[^\s?"']+)\?[^\s"']+/g;
const CREDENTIAL = /\b(?:Bearer|Basic)\s+[\w.~+/-]{8,}=*|\bgt-[\w-]{10,}\.[\w-]{10,}/gi;

/**
 * What Kubernetes, a registry or a container said, fit to be shown: one line of bounded length, without the
 * parts of URLs and headers that are credentials.
 */
export function clusterWords(text: string | null | undefined): string | null {
  const line = (text ?? '')
    .replace(URL_USER, '$1')
    .replace(URL_QUERY, '$1')
    .replace(CREDENTIAL, '[redacted]')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  if (line === '') return null;
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH - 1)}…` : line;
}
