import * as z from 'zod';

/** The snake_case spelling of a camelCase key. */
export function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The camelCase spelling of a snake_case key. */
export function camelCase(key: string): string {
  return key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** Keys of affinity rules that may be written shortly. */
export const LONG_KEYS = {
  preferred: 'preferredDuringSchedulingIgnoredDuringExecution',
  required: 'requiredDuringSchedulingIgnoredDuringExecution',
} as const;

/** The long spelling of a key that has a short one. */
export function longKey(key: string): string {
  return key === 'preferred' || key === 'required' ? LONG_KEYS[key] : key;
}

/** Whether a parsed YAML value is a mapping. */
export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/**
 * Renames snake_case keys to those given. A key present in both spellings keeps its second one, which a
 * strict object then refuses; other unknown keys stay, or go when `unknownKeys` is `ignore`.
 */
export function acceptSpellings(keys: readonly string[], unknownKeys: 'refuse' | 'ignore') {
  const canonical = new Map(keys.flatMap((key) => [[key, key] as const, [snakeCase(key), key] as const]));
  return (value: unknown): unknown => {
    if (!isMapping(value)) {
      return value;
    }
    const renamed = Object.entries(value).flatMap(([key, content]) => {
      const name = canonical.get(key);
      if (name === undefined) {
        return unknownKeys === 'refuse' ? [[key, content]] : [];
      }
      return [[name !== key && name in value ? key : name, content]];
    });
    return Object.fromEntries(renamed);
  };
}

/** Marks, in the generated schema, a mapping whose unknown keys are dropped with a warning. */
export const IGNORES_UNKNOWN_KEYS = { additionalProperties: true, 'x-ignores-unknown-keys': true } as const;

type Section<Shape extends z.core.$ZodLooseShape> = z.ZodType<InMs<z.output<z.ZodObject<Shape>>>>;

/** Makes optional input explicit to TypeScript: a section with defaults may be left out by its parent. */
function sectionOf<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  unknownKeys: 'refuse' | 'ignore',
): Section<Shape> {
  const object = z.preprocess(acceptSpellings(Object.keys(shape), unknownKeys), z.strictObject(shape));
  return object.transform(namedByUnit(shape));
}

/** A mapping of the configuration with known keys in either spelling; any other key is an error. */
export function section<Shape extends z.core.$ZodLooseShape>(shape: Shape): Section<Shape> {
  return sectionOf(shape, 'refuse');
}

/** As `section`, for the mappings in which deployed files carry obsolete keys: those are dropped. */
export function lenientSection<Shape extends z.core.$ZodLooseShape>(shape: Shape): Section<Shape> {
  return sectionOf(shape, 'ignore').meta(IGNORES_UNKNOWN_KEYS);
}

/** A mapping whose `type` selects which of several shapes it has; only that one is checked. */
export function variants<
  const Options extends readonly [
    z.core.$ZodTypeDiscriminable & z.ZodObject,
    ...(z.core.$ZodTypeDiscriminable & z.ZodObject)[],
  ],
>(options: Options) {
  const keys = options.flatMap((option) => Object.keys(option.shape));
  return z.preprocess(acceptSpellings(keys, 'refuse'), z.discriminatedUnion('type', options));
}

declare const unit: unique symbol;

/** A parsed duration. Sections that hold one name it by its unit: `timeout` becomes `timeoutMs`. */
export type Milliseconds = number & { readonly [unit]: 'ms' };

/** Marks the schemas of durations. */
export const DURATION = { 'x-unit': 'ms' } as const;

type Plain<T> = NonNullable<T> extends Milliseconds ? number | Extract<T, null | undefined> : T;

/** Fields with durations named by their unit. */
type InMs<Fields> = Fields extends unknown
  ? {
      [Key in keyof Fields as Key extends string
        ? [NonNullable<Fields[Key]>] extends [never]
          ? Key
          : NonNullable<Fields[Key]> extends Milliseconds
            ? `${Key}Ms`
            : Key
        : Key]: Plain<Fields[Key]>;
    }
  : never;

/** Whether a field is a duration, whatever defaults it is wrapped in. */
function isDuration(field: unknown): boolean {
  let schema = field as z.ZodType;
  while ('innerType' in schema.def) schema = schema.def.innerType as z.ZodType;
  return schema.meta()?.['x-unit'] === 'ms';
}

/** Renames, in parsed fields of these shapes, every duration by its unit. */
export function namedByUnit(...shapes: readonly z.core.$ZodLooseShape[]) {
  const durations = new Set(
    shapes.flatMap((shape) => Object.keys(shape).filter((key) => isDuration(shape[key]))),
  );
  return <Fields extends object>(fields: Fields): InMs<Fields> =>
    Object.fromEntries(
      Object.entries(fields).map(([key, value]) => [durations.has(key) ? `${key}Ms` : key, value]),
    ) as InMs<Fields>;
}
