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

/** What may be part of a credential; a cut must not go through a run of these. */
const WORD_CHARACTER = /[^\s"'<>]/;

/** Longest run that a cut takes off to end between words. */
const LONGEST_WORD = 1_000;

/**
 * The beginning of a text, at most `length` characters long. A text that has to be cut is cut between words, so that
 * no credential is divided in two and left unrecognised.
 */
export function beginning(text: string, length: number): string {
  if (text.length <= length) return text;
  const least = Math.max(0, length - LONGEST_WORD);
  let end = length;
  while (end > least && WORD_CHARACTER.test(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}
