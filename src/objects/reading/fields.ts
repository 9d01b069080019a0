import { type Reader, text as textUpTo } from '../../domain/shapes';

/*
 * Readers of single fields. Objects of a cluster are written by others: the types of a client library say what should
 * be in them, not what is. A reader returns undefined for anything else than what it is for, and never throws.
 */

type Result<R> = R extends Reader<infer T> ? T : never;

/** Upper bound of names, reasons and other values that are kept as they are, in characters. */
const MAX_TEXT = 1_000;

/** Upper bound of all annotations of one object, in characters. */
export const MAX_ANNOTATION = 262_144;

/** A text of bounded length. */
export const text: Reader<string> = textUpTo(MAX_TEXT);

/** A text of any length; its user has to bound it, as `sanitizedMessage` does. */
export const message: Reader<string> = (value) => (typeof value === 'string' ? value : undefined);

/** An integer that is not negative. */
export const count: Reader<number> = (value) =>
  Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : undefined;

/** An integer, such as an exit code. */
export const integer: Reader<number> = (value) => (Number.isSafeInteger(value) ? Number(value) : undefined);

/** An instant: a `Date`, as client libraries give it, or RFC 3339. */
export const instant: Reader<Date> = (value) => {
  const readable = value instanceof Date || (typeof value === 'string' && value.length <= MAX_TEXT);
  const date = readable ? new Date(value) : null;
  return date && Number.isFinite(date.getTime()) ? date : undefined;
};

/** An IP address as Kubernetes writes it. */
export const ipAddress: Reader<string> = (value) =>
  typeof value === 'string' && /^[0-9A-Fa-f.:]{2,45}$/.test(value) ? value : undefined;

/** True for a value of any type but null. */
export const presence: Reader<true> = (value) => (value === undefined || value === null ? undefined : true);

/** The readable items of a list. */
export function listOf<T>(read: Reader<T>): Reader<readonly T[]> {
  return (value) => (Array.isArray(value) ? value.flatMap((item: unknown) => read(item) ?? []) : undefined);
}

type Shape = Readonly<Record<string, Reader<unknown>>>;

type Fields<S extends Shape> = { readonly [Key in keyof S]?: Result<S[Key]> };

/** These fields of an object, without those that cannot be read. */
export function objectOf<S extends Shape>(shape: S): Reader<Fields<S>> {
  const readers = Object.entries(shape);
  return (value) => {
    if (typeof value !== 'object' || value === null) return undefined;
    const fields = new Map<string, unknown>();
    for (const [key, read] of readers) {
      const field = read((value as Readonly<Record<string, unknown>>)[key]);
      if (field !== undefined) fields.set(key, field);
    }
    return Object.fromEntries(fields) as Fields<S>;
  };
}

/** The same for an object that has to have a `name`. */
export function named<S extends Shape>(shape: S): Reader<Fields<S> & { readonly name: string }> {
  const read = objectOf({ ...shape, name: text });
  return (value) => {
    const fields = read(value);
    return fields?.name === undefined ? undefined : (fields as Fields<S> & { readonly name: string });
  };
}
