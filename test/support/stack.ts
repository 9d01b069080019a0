import { type Stack, stackSchema } from '../../stack/description';

export type { Stack } from '../../stack/description';

/**
 * The stack that the tests of this run share.
 *
 * @throws Error outside the Jest project `servers`, whose global setup starts it.
 */
export function theStack(): Stack {
  const text = process.env['NUBLADO_STACK'];
  if (!text) throw new Error('no stack is running: run this test in the project "servers"');
  return stackSchema.parse(JSON.parse(text));
}
