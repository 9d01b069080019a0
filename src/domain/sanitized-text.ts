/*
 * Texts from outside, such as messages of Kubernetes, registries and containers, are made fit for logs, histories and
 * answers.
 */

const CENSOR = '[redacted]';

const AUTHORIZATION = /\b(?:Bearer|Basic)\s+[\w.~+/-]{8,}=*/gi;

/** Words that may hold a token of the identity service, which is `gt-<key>.<secret>`. */
const DOTTED_WORD = /[\w.-]+/g;

const TOKEN_START = /\bgt-/i;

/** Least length of a token's key and secret; the service makes both of 22 characters. */
const TOKEN_PART_LENGTH = 10;

/**
 * A text with `[redacted]` in place of bearer and basic authorization and of the identity service's tokens. Takes
 * time in proportion to the text's length.
 */
export function withoutCredentials(text: string): string {
  return text.replaceAll(AUTHORIZATION, CENSOR).replaceAll(DOTTED_WORD, withoutTokens);
}

function withoutTokens(word: string): string {
  if (!TOKEN_START.test(word)) return word;
  const shown: string[] = [];
  const parts = word.split('.');
  for (let index = 0; index < parts.length; index += 1) {
    const part = parts[index] ?? '';
    const start = part.search(TOKEN_START);
    const isToken =
      start >= 0 &&
      part.length - start - 'gt-'.length >= TOKEN_PART_LENGTH &&
      (parts[index + 1]?.length ?? 0) >= TOKEN_PART_LENGTH;
    shown.push(isToken ? part.slice(0, start) + CENSOR : part);
    if (isToken) index += 1;
  }
  return shown.join('.');
}

/** A character that may be part of a credential; a text is not cut inside a run of these. */
const WORD_CHARACTER = /[^\s"'<>]/;

/** Longest run, in characters, that is dropped so that the cut is between words. */
const LONGEST_WORD = 1_000;

/**
 * Truncates a text to at most `length` characters. The cut is made between words, so that it does not go through a
 * credential, whose first half would not be recognised.
 */
export function truncateAtWord(text: string, length: number): string {
  if (text.length <= length) return text;
  const least = Math.max(0, length - LONGEST_WORD);
  let end = length;
  while (end > least && WORD_CHARACTER.test(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

/** Longest result of `sanitizedMessage`, in characters. */
const MAX_LENGTH = 500;

/** How much of a message is read; enough for `MAX_LENGTH` once credentials and queries are removed. */
const MAX_READ = 4_000;

const URL_USER_INFO = /:\/\/[^\s/@"']+@/g;
const WORD = /[^\s"']+/g;

/**
 * A message of Kubernetes, a registry or a container as one line of at most 500 characters, without credentials. User
 * info and queries of URLs are removed, since registries redirect to signed URLs. Null for an empty message.
 */
export function sanitizedMessage(text: string | null | undefined): string | null {
  const read = truncateAtWord(text ?? '', MAX_READ)
    .replace(URL_USER_INFO, '://')
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
