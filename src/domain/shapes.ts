/**
 * Reads a value of parsed JSON that may hold anything. Returns the value in its type, or undefined where it does not
 * have that shape; never throws. JSON itself has no undefined.
 */
export type Reader<T> = (value: unknown) => T | undefined;

type OptionalKeys<T> = { [K in keyof T]-?: object extends Pick<T, K> ? K : never }[keyof T];

/** Text of at most so many UTF-16 units. */
export function text(maxLength: number): Reader<string> {
  return (value) => (typeof value === 'string' && value.length <= maxLength ? value : undefined);
}

/** Text, shortened to so many UTF-16 units. */
export function shortenedText(maxLength: number): Reader<string> {
  return (value) => (typeof value === 'string' ? value.slice(0, maxLength) : undefined);
}

/** Printable ASCII without spaces, as names, references and digests are. */
export function word(maxLength: number): Reader<string> {
  const printable = /^[\x21-\x7e]*$/;
  return (value) => {
    const found = text(maxLength)(value);
    return found !== undefined && printable.test(found) ? found : undefined;
  };
}

/** A finite number in a range, its ends included. */
export function numberIn(min: number, max: number): Reader<number> {
  return (value) => (typeof value === 'number' && value >= min && value <= max ? value : undefined);
}

/** True or false. */
export const flag: Reader<boolean> = (value) => (typeof value === 'boolean' ? value : undefined);

/** One of these texts. */
export function oneOf<T extends string>(values: readonly T[]): Reader<T> {
  return (value) => values.find((known) => known === value);
}

/** The same, or null. */
export function nullable<T>(read: Reader<T>): Reader<T | null> {
  return (value) => (value === null ? null : read(value));
}

/** An array of at most so many elements, which must all be readable. */
export function list<T>(read: Reader<T>, maxLength: number): Reader<readonly T[]> {
  return (value) => {
    if (!Array.isArray(value) || value.length > maxLength) return undefined;
    const found = value.map(read);
    return found.every((element) => element !== undefined) ? found : undefined;
  };
}

/** The readable ones among the last so many elements of an array. */
export function latest<T>(read: Reader<T>, maxLength: number): Reader<readonly T[]> {
  return (value) => {
    if (!Array.isArray(value)) return undefined;
    return value
      .slice(-maxLength)
      .map(read)
      .filter((element) => element !== undefined);
  };
}

/** An object with at most so many keys, all of whose values are alike. */
export function dictionary<T>(read: Reader<T>, maxSize: number): Reader<Readonly<Record<string, T>>> {
  return (value) => {
    const entries = isObject(value) ? Object.entries(value) : null;
    if (!entries || entries.length > maxSize) return undefined;
    const found = entries.flatMap(([key, element]) => {
      const readable = read(element);
      return readable === undefined ? [] : [[key, readable] as const];
    });
    return found.length === entries.length ? Object.fromEntries(found) : undefined;
  };
}

/**
 * An object with these fields, in the order in which the value has them. It is unreadable without one of them, except
 * for those that are optional: they are left out where they are absent or of an unknown shape. Other fields are dropped.
 */
export function object<T extends object>(
  fields: { readonly [K in keyof T]-?: Reader<T[K]> },
  optional: readonly OptionalKeys<T>[] = [],
): Reader<T> {
  return fieldsOf(fields, optional, () => undefined);
}

/** The same, with other fields kept as they are: for what is passed on to those who may know them. */
export function openObject<T extends object>(
  fields: { readonly [K in keyof T]-?: Reader<T[K]> },
  optional: readonly OptionalKeys<T>[] = [],
): Reader<T> {
  return fieldsOf(fields, optional, (value) => value);
}

function fieldsOf<T extends object>(
  fields: { readonly [K in keyof T]-?: Reader<T[K]> },
  optional: readonly OptionalKeys<T>[],
  readOther: Reader<unknown>,
): Reader<T> {
  const readers = new Map<string, Reader<unknown>>(Object.entries(fields));
  const required = Object.keys(fields).filter((key) => !optional.some((name) => name === key));
  return (value) => {
    if (!isObject(value)) return undefined;
    const found = Object.entries(value).flatMap(([key, element]) => {
      const readable = (readers.get(key) ?? readOther)(element);
      return readable === undefined ? [] : [[key, readable] as const];
    });
    const result = Object.fromEntries(found);
    return required.every((key) => Object.hasOwn(result, key)) ? (result as T) : undefined;
  };
}

/** A value whose JSON is at most so long. */
export function ofLength<T>(read: Reader<T>, maxLength: number): Reader<T> {
  return (value) => {
    const found = read(value);
    return found !== undefined && JSON.stringify(found).length <= maxLength ? found : undefined;
  };
}

/** Whether no part of a value is nested more deeply than this. Looks at each level in turn, so that depth costs no stack. */
export function isNestedAtMost(value: unknown, depth: number): boolean {
  let level: unknown[] = [value];
  for (let left = depth; left >= 0; left -= 1) {
    level = level.flatMap((part) => (typeof part === 'object' && part !== null ? Object.values(part) : []));
    if (level.length === 0) return true;
  }
  return false;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
