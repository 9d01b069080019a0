const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPENING = [0x5b, 0x7b];
const CLOSING = [0x5d, 0x7d];

/** Maximum depth of a document, and maximum number of values; requests need a small part of either. */
const MAX_DEPTH = 100;
const MAX_VALUES = 10_000;

/**
 * The limit of depth or number of values that a JSON document exceeds; null for other documents, also for invalid JSON.
 * Reads each character at most once and allocates no values.
 */
export function structureProblem(text: string): string | null {
  let depth = 0;
  let values = 1;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === QUOTE) at = endOfString(text, at);
    else if (character === COMMA) values += 1;
    else if (OPENING.includes(character)) depth += 1;
    else if (CLOSING.includes(character)) depth -= 1;
    if (depth > MAX_DEPTH) return `JSON must not nest deeper than ${MAX_DEPTH} levels`;
    if (values > MAX_VALUES) return `JSON must not have more than ${MAX_VALUES} values`;
  }
  return null;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at;
}
