import { InvalidRequest } from '../errors';

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

const WHITESPACE = /[ \t\n\r]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** The expected token: a value, a member name, or what follows a value; `first` also admits the closing bracket. */
type Expected = 'value' | 'first value' | 'name' | 'first name' | 'colon' | 'continuation';

/**
 * Finds the first character at which a text stops being JSON; its length when the text ends too early,
 * or when it is valid. `JSON.parse` has the offset only in some messages.
 */
export function jsonErrorOffset(text: string): number {
  const open: ('}' | ']')[] = [];
  let offset = 0;
  let expected: Expected = 'value';

  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = offset;
    const matched = pattern.exec(text)?.[0].length ?? 0;
    offset += matched;
    return matched > 0;
  };
  const takeCharacter = (character: string): boolean => {
    const isThere = text[offset] === character;
    offset += isThere ? 1 : 0;
    return isThere;
  };
  const takeString = (): boolean => {
    if (!takeCharacter('"')) {
      return false;
    }
    while (!takeCharacter('"')) {
      const character = text[offset];
      const isPlain = character !== undefined && character >= ' ' && character !== '\\';
      if (isPlain) {
        offset += 1;
      } else if (!take(ESCAPE)) {
        return false;
      }
    }
    return true;
  };
  const takeValue = (): Expected | null => {
    if (takeCharacter('{')) {
      open.push('}');
      return 'first name';
    }
    if (takeCharacter('[')) {
      open.push(']');
      return 'first value';
    }
    return takeString() || take(SCALAR) ? 'continuation' : null;
  };
  const takeNext = (): Expected | null => {
    const closing = open.at(-1);
    const mayClose = expected === 'continuation' || expected.startsWith('first');
    if (mayClose && closing !== undefined && takeCharacter(closing)) {
      open.pop();
      return 'continuation';
    }
    switch (expected) {
      case 'value':
      case 'first value':
        return takeValue();
      case 'name':
      case 'first name':
        return takeString() ? 'colon' : null;
      case 'colon':
        return takeCharacter(':') ? 'value' : null;
      case 'continuation':
        if (closing === undefined || !takeCharacter(',')) {
          return null;
        }
        return closing === '}' ? 'name' : 'value';
    }
  };

  for (;;) {
    take(WHITESPACE);
    const next = takeNext();
    if (next === null) {
      return offset;
    }
    expected = next;
  }
}

/**
 * Reads a body as JSON; `undefined` when there is none, the bare text when it is not declared as JSON.
 *
 * @throws InvalidRequest of type `json_invalid`, located at the offending character, or `value_error` for a document
 *   that is too deep or has too many values.
 */
export function readJson(body: unknown, contentType: string | undefined): unknown {
  if (!Buffer.isBuffer(body) || body.length === 0) {
    return undefined;
  }
  const text = body.toString('utf8');
  if (contentType !== undefined && !/^application\/([\w.-]+\+)?json\s*(;|$)/i.test(contentType)) {
    return text;
  }
  const problem = structureProblem(text);
  if (problem !== null) {
    throw new InvalidRequest([{ loc: ['body'], msg: problem, type: 'value_error', input: null }]);
  }
  try {
    return JSON.parse(text);
  } catch {
    const loc = ['body', jsonErrorOffset(text)];
    throw new InvalidRequest([{ loc, msg: 'JSON decode error', type: 'json_invalid', input: null }]);
  }
}
