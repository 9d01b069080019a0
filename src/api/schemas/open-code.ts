import { z } from 'zod';

/** One of the codes that this version writes, or one that a newer version has written. */
export function openCode<const Codes extends readonly [string, ...string[]]>(codes: Codes) {
  return z.union([z.enum(codes), z.string()]);
}
