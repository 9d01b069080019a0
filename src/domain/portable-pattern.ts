/** The members of character classes whose short names JavaScript, RE2 and Python read differently. */
const CLASSES: Readonly<Record<string, string>> = { d: '0-9', w: '0-9A-Za-z_', s: ' \\t\\n\\r\\f\\v' };

/** `.` in JavaScript; in RE2 and Python it matches all but `\n`. */
const ANY_OF_A_LINE = '[^\\n\\r\u2028\u2029]';

/** Escapes that mean the same everywhere; those of punctuation do too. */
const COMMON_ESCAPE = /^\\(?:x[0-9A-Fa-f]{2}|[tnrfv]|[^0-9A-Za-z])$/;

const TOKEN = /\\x[0-9A-Fa-f]{2}|\\[^]|\(\?<[A-Za-z][A-Za-z0-9]*>|\(\?[^]?|\[\^?\]?|[^]/g;

function refuse(source: string, part: string): never {
  throw new Error(`the pattern ${source} cannot be published: RE2 or Python read "${part}" in another way`);
}

/** An escape outside or inside a class. */
function escape(token: string, isInClass: boolean, source: string): string {
  const name = token.charAt(1);
  const members = CLASSES[name.toLowerCase()];
  if (members === undefined) {
    if (token === '\\/') return '/';
    return COMMON_ESCAPE.test(token) ? token : refuse(source, token);
  }
  const isNegated = name !== name.toLowerCase();
  if (!isInClass) return `[${isNegated ? '^' : ''}${members}]`;
  return isNegated ? refuse(source, token) : members;
}

/**
 * Writes a pattern of JavaScript without flags so that RE2, which Go and therefore Helm use, and Python accept the same
 * texts. Python alone also accepts a line break at the end of a text, before `$`.
 *
 * @throws Error for what has no such form: look-around, back references, `[^]`, `\b`, `\p`, `\u`.
 */
export function portablePattern(source: string): string {
  let isInClass = false;
  return source.replace(TOKEN, (token) => {
    if (token.startsWith('\\')) return escape(token, isInClass, source);
    if (isInClass) {
      isInClass = token !== ']';
      // A bracket inside a class opens none.
      return token.startsWith('[') ? refuse(source, token) : token;
    }
    if (token.startsWith('[')) {
      isInClass = true;
      return token.endsWith(']') ? refuse(source, token) : token;
    }
    if (token.startsWith('(?<') && token.endsWith('>')) return '(';
    if (token.startsWith('(?') && token !== '(?:') return refuse(source, token);
    return token === '.' ? ANY_OF_A_LINE : token;
  });
}
