import * as z from 'zod';

/** How a value is shown in a problem: scalars as they are, cut to a line; anything else by its kind. */
export function shown(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value.length > 80 ? `${value.slice(0, 77)}...` : value);
  }
  if (typeof value === 'number' || typeof value === 'boolean') {
    return String(value);
  }
  return value instanceof Date ? value.toISOString() : kindOf(value);
}

/** The kind of a YAML value in words, for problems that must not show the value itself. */
export function kindOf(value: unknown): string {
  if (value === null) {
    return 'null';
  }
  if (Array.isArray(value)) {
    return 'a list';
  }
  if (value instanceof Date) {
    return 'a date';
  }
  return typeof value === 'object' ? 'a mapping' : `a ${typeof value}`;
}

/** What is wrong with a value that a field cannot take: the value, then the rule it breaks. */
export function complaint(value: unknown, rule: string, display: (value: unknown) => string = shown): string {
  if (value === undefined) {
    return 'is required';
  }
  return value === null ? 'null is not allowed here; leave the key out' : `${display(value)} is not ${rule}`;
}

/**
 * A scalar field: `read` gives the parsed value, or undefined when the value breaks `rule`, a phrase that
 * completes "… is not". `display` renders the value in the problem.
 */
export function scalar<T>(
  rule: string,
  read: (value: unknown) => T | undefined,
  display: (value: unknown) => string = shown,
) {
  return z.unknown().transform((value, context): T => {
    const parsed = read(value);
    if (parsed === undefined) {
      context.issues.push({ code: 'custom', message: complaint(value, rule, display), input: value });
      return z.NEVER;
    }
    return parsed;
  });
}

/** A string that matches `pattern`, described by `rule`. */
export function matching(rule: string, pattern: RegExp) {
  return scalar(rule, (value) => (typeof value === 'string' && pattern.test(value) ? value : undefined));
}

/** Any string; numbers and booleans are not turned into one. */
export const text = () => scalar('a string', (value) => (typeof value === 'string' ? value : undefined));

/** A string with at least one character. */
export const filledText = () => matching('a string with at least one character', /[^]/);

/** A string that may be confidential: a problem names its kind only. */
export const privateText = () =>
  scalar('a string', (value) => (typeof value === 'string' ? value : undefined), kindOf);

/** One of a fixed set of words, as written. */
export function oneOf<const T extends string>(words: readonly T[]) {
  return scalar(`one of ${words.join(', ')}`, (value) => words.find((word) => word === value));
}

const BOOLEAN_WORDS = new Map<string, boolean>([
  ...['true', 'yes', 'on', '1', 't', 'y'].map((word) => [word, true] as const),
  ...['false', 'no', 'off', '0', 'f', 'n'].map((word) => [word, false] as const),
]);

/** A YAML boolean or one of the usual words for one, in any case. */
export const boolean = () =>
  scalar('a boolean (true or false)', (value) =>
    typeof value === 'boolean' ? value : BOOLEAN_WORDS.get(String(value).toLowerCase()),
  );

/** An integer within bounds, as a number or a numeric string. */
export function integer(minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER) {
  const lower = minimum === Number.MIN_SAFE_INTEGER ? '' : ` of at least ${minimum}`;
  const upper = maximum === Number.MAX_SAFE_INTEGER ? '' : ` and at most ${maximum}`;
  return scalar(`an integer${lower}${upper}`, (value) => {
    const number = typeof value === 'string' && /^\s*[-+]?\d+\s*$/.test(value) ? Number(value) : value;
    return typeof number === 'number' &&
      Number.isSafeInteger(number) &&
      number >= minimum &&
      number <= maximum
      ? number
      : undefined;
  });
}

/** A Kubernetes object name in the strict form of a DNS label, without the length limit. */
export const kubernetesName = () =>
  matching(
    'a Kubernetes name (lower-case letters, digits and inner hyphens)',
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
  );

/** A path that starts with `/`. */
export const absolutePath = () => matching('an absolute path (starting with /)', /^\//);

/** A map from strings to strings. */
export const textMap = () => z.record(z.string(), text());
