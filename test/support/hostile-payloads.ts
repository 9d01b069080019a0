import type { Payload } from '@temporalio/common';
import { encode } from '@temporalio/common/lib/encoding';
import * as fc from 'fast-check';

const ENCODING = 'encoding';

/** JSON as a client sends it. */
export function jsonPayload(text: string): Payload {
  return { metadata: { [ENCODING]: encode('json/plain') }, data: encode(text) };
}

/** Arguments that hold no JSON, or not one of it. */
const UNDECODABLE: Readonly<Record<string, readonly Payload[]>> = {
  'no argument': [],
  'broken JSON': [jsonPayload('{"changes": [')],
  'an unknown encoding': [{ metadata: { [ENCODING]: encode('json/future') }, data: encode('{}') }],
  'no encoding': [{ data: encode('{}') }],
  'no data': [{ metadata: { [ENCODING]: encode('json/plain') } }],
  bytes: [{ metadata: { [ENCODING]: encode('binary/plain') }, data: encode('\0\u0001') }],
  'a second argument that is broken': [jsonPayload('null'), jsonPayload('{')],
};

/** JSON that the controller never sends. */
const WRONG: Readonly<Record<string, string>> = {
  null: 'null',
  'a number': '7',
  'a text': '"text"',
  'a list': '[]',
  'an empty object': '{}',
  'a nested list': `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
  'a long text': JSON.stringify('x'.repeat(500_000)),
  'a long list': JSON.stringify(Array.from({ length: 50_000 }, () => ({}))),
  'a prototype': '{"__proto__":{"changes":[]},"constructor":null}',
};

/** Arguments that no message accepts, by description. */
export const HOSTILE_ARGUMENTS: ReadonlyMap<string, readonly Payload[]> = new Map([
  ...Object.entries(UNDECODABLE),
  ...Object.entries(WRONG).map(([name, text]) => [name, [jsonPayload(text)]] as const),
]);

const HOSTILE_PARTS: readonly unknown[] = [null, -1, 1e300, '', 'x'.repeat(3_000), [], {}, [null], true];

/** A value with one of its parts, or itself, missing or replaced by something else. */
export function mutated(value: unknown): fc.Arbitrary<unknown> {
  const whole = fc.oneof(fc.constantFrom(...HOSTILE_PARTS), fc.jsonValue());
  if (typeof value !== 'object' || value === null) return whole;
  const keys = Object.keys(value);
  if (keys.length === 0) return whole;
  const part = fc.constantFrom(...keys).chain((key): fc.Arbitrary<unknown> => {
    const { [key]: known, ...others } = value as Record<string, unknown>;
    const replaced = mutated(known).map((other) => ({ ...value, [key]: other }));
    const changed: fc.Arbitrary<object> = fc.oneof({ weight: 4, arbitrary: replaced }, fc.constant(others));
    return Array.isArray(value) ? changed.map((object) => Object.values(object)) : changed;
  });
  return fc.oneof({ weight: 9, arbitrary: part }, whole);
}
