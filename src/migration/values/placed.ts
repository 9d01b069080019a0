/** Where something stands in a file; line and column begin at 1. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A value of a file, with where it and each of its parts stand. */
export interface Placed {
  readonly value: unknown;
  readonly at: Location;
  /** By key, or by index in a list; empty for anything else. */
  readonly parts: ReadonlyMap<string, Placed>;
}

/** Whether a value of a YAML reader is a mapping; of its other objects, such as dates and sets, none is. */
export function isKeyed(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** Merges as Helm does: mappings key by key, anything else is replaced, and a key that is null goes. */
export function merged(base: Placed, over: Placed): Placed {
  const parts = new Map(isKeyed(base.value) ? base.parts : []);
  for (const [key, part] of over.parts) {
    if (part.value === null) parts.delete(key);
    else parts.set(key, isKeyed(part.value) ? merged(parts.get(key) ?? emptyAt(part.at), part) : part);
  }
  return keyed(parts, over.at);
}

/** An empty mapping. */
export const emptyAt = (at: Location): Placed => ({ value: {}, at, parts: new Map() });

/** A mapping of these parts. */
function keyed(parts: ReadonlyMap<string, Placed>, at: Location): Placed {
  return { value: Object.fromEntries([...parts].map(([key, { value }]) => [key, value])), at, parts };
}

/** The value at a path of keys and indices; undefined if there is none. */
export function partAt(placed: Placed, path: readonly string[]): Placed | undefined {
  return path.reduce<Placed | undefined>((holder, key) => holder?.parts.get(key), placed);
}
