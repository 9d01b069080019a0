import type * as z from 'zod';

declare const unit: unique symbol;

/** A parsed duration. Sections that hold one name it by its unit: `timeout` becomes `timeoutMs`. */
export type Milliseconds = number & { readonly [unit]: 'ms' };

/** Marks the schemas of durations. */
export const DURATION = { 'x-unit': 'ms' } as const;

type Plain<T> = NonNullable<T> extends Milliseconds ? number | Extract<T, null | undefined> : T;

/** Fields with durations named by their unit. */
export type InMs<Fields> = Fields extends unknown
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
