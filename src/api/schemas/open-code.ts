import { z } from 'zod';

/** One of the codes of this version, or an unknown code of a newer version. */
export function openCode<const Codes extends readonly [string, ...string[]]>(codes: Codes) {
  return z.union([z.enum(codes), z.string()]);
}
