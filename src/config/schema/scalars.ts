import * as z from 'zod';
import { isLabUsername, LAB_USERNAME_RULE } from '../../domain/user';

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

/** What a field takes, told to people and to editors. */
export interface FieldKind {
  /** A short name of the type, for tables. */
  readonly title: string;
  /** A phrase that completes "… is not" and "Give …". */
  readonly rule: string;
  /** What may be written, as JSON Schema. */
  readonly json: Readonly<Record<string, unknown>>;
  /** Whether values may be confidential: then problems name their kind only. */
  readonly isPrivate?: boolean;
}

/** A scalar field: `read` gives the parsed value, or undefined when the value breaks the rule. */
export function scalar<T>(kind: FieldKind, read: (value: unknown) => T | undefined) {
  const { title, rule, json, isPrivate = false } = kind;
  return z
    .unknown()
    .transform((value, context): T => {
      const parsed = read(value);
      if (parsed === undefined) {
        context.issues.push({ code: 'custom', message: rule, input: value, params: { isPrivate } });
        return z.NEVER;
      }
      return parsed;
    })
    .meta({ title, ...json, 'x-rule': rule, ...(isPrivate ? { 'x-private': true } : {}) });
}

/** A string that matches `pattern`, described by `rule`. */
export function matching(title: string, rule: string, pattern: RegExp) {
  const { source, flags } = pattern;
  const json = { type: 'string', ...(flags === '' ? { pattern: source } : {}) };
  return scalar({ title, rule, json }, (value) =>
    typeof value === 'string' && pattern.test(value) ? value : undefined,
  );
}

const asText = (value: unknown) => (typeof value === 'string' ? value : undefined);

/** Any string; numbers and booleans are not turned into one. */
export const text = () => scalar({ title: 'string', rule: 'a string', json: { type: 'string' } }, asText);

/** A string with at least one character. */
export const filledText = () =>
  scalar(
    {
      title: 'string',
      rule: 'a string with at least one character',
      json: { type: 'string', minLength: 1 },
    },
    (value) => (value === '' ? undefined : asText(value)),
  );

/** A string that may be confidential: a problem names its kind only, and a dump masks it. */
export const privateText = () =>
  scalar({ title: 'string', rule: 'a string', json: { type: 'string' }, isPrivate: true }, asText);

/** One of a fixed set of words, as written. */
export function oneOf<const T extends string>(words: readonly T[]) {
  const kind = {
    title: words.map((word) => `\`${word}\``).join(', '),
    rule: `one of ${words.join(', ')}`,
    json: { enum: words },
  };
  return scalar(kind, (value) => words.find((word) => word === value));
}

const BOOLEAN_WORDS = new Map<string, boolean>([
  ...['true', 'yes', 'on', '1', 't', 'y'].map((word) => [word, true] as const),
  ...['false', 'no', 'off', '0', 'f', 'n'].map((word) => [word, false] as const),
]);

const BOOLEAN: FieldKind = {
  title: 'boolean',
  rule: 'a boolean (true or false)',
  json: { anyOf: [{ type: 'boolean' }, { type: 'string' }, { enum: [0, 1] }] },
};

/** Of anything else, making a string may fail: a mapping may have a key `toString`. */
const isText = (value: unknown) => typeof value === 'string' || typeof value === 'number';

/** A YAML boolean or one of the usual words for one, in any case. */
export const boolean = () =>
  scalar(BOOLEAN, (value) =>
    typeof value === 'boolean' ? value : BOOLEAN_WORDS.get(isText(value) ? String(value).toLowerCase() : ''),
  );

/** White space around and within amounts, in a pattern: of ASCII only, since readers of patterns differ in the rest. */
export const SPACES = '[ \\t\\n\\r\\f\\v]*';

const INTEGER_TEXT = new RegExp(`^${SPACES}[-+]?[0-9]+${SPACES}$`);

/** An integer within bounds, as a number or a numeric string. */
export function integer(minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER) {
  const hasMinimum = minimum !== Number.MIN_SAFE_INTEGER;
  const hasMaximum = maximum !== Number.MAX_SAFE_INTEGER;
  const bounds = [
    ...(hasMinimum ? [`at least ${minimum}`] : []),
    ...(hasMaximum ? [`at most ${maximum}`] : []),
  ];
  const range = { ...(hasMinimum ? { minimum } : {}), ...(hasMaximum ? { maximum } : {}) };
  const kind = {
    title: hasMinimum ? `integer ≥ ${minimum}` : 'integer',
    rule: `an integer${bounds.length > 0 ? ` of ${bounds.join(' and ')}` : ''}`,
    json: { type: ['integer', 'string'], pattern: INTEGER_TEXT.source, ...range },
  };
  return scalar(kind, (value) => {
    const number = typeof value === 'string' && INTEGER_TEXT.test(value) ? Number(value) : value;
    const isWithin = typeof number === 'number' && number >= minimum && number <= maximum;
    return isWithin && Number.isSafeInteger(number) ? number : undefined;
  });
}

/** A Kubernetes object name in the strict form of a DNS label, without the length limit. */
export const kubernetesName = () =>
  matching(
    'Kubernetes name',
    'a Kubernetes name (lower-case letters, digits and inner hyphens)',
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
  );

/** A name of a user who can have a lab. */
export const labUsername = () =>
  scalar(
    { title: 'username', rule: `a username of ${LAB_USERNAME_RULE}`, json: { type: 'string', minLength: 1 } },
    (value) => (typeof value === 'string' && isLabUsername(value) ? value : undefined),
  );

/** A path that starts with `/`. */
export const absolutePath = () => matching('absolute path', 'an absolute path (starting with /)', /^\//);

/** Whether a value is an `http` or `https` URL. */
export const isWebUrl = (value: unknown): value is string =>
  typeof value === 'string' && /^https?:\/\//.test(value) && URL.canParse(value);

/** An `http` or `https` URL. */
export const webUrl = () =>
  scalar({ title: 'URL', rule: 'an http or https URL', json: { type: 'string', format: 'uri' } }, (value) =>
    isWebUrl(value) ? value : undefined,
  );

/** A map from strings to strings. */
export const textMap = () => z.record(z.string(), text());
