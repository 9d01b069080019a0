import { join, resolve } from 'node:path';

/** The root of this checkout. */
export const CHECKOUT = resolve(__dirname, '..');

/** The compiled controller, which `npm run build` makes. */
export const CONTROLLER_PROGRAM = join(CHECKOUT, 'dist/cli/main.js');

/** Folder of builds and running stacks: `NUBLADO_CACHE`, else `.cache` in the checkout. */
export function cacheDirectory(): string {
  return resolve(process.env['NUBLADO_CACHE'] ?? join(CHECKOUT, '.cache'));
}

/** The folder that holds one folder per stack. */
export function stacksDirectory(): string {
  return join(cacheDirectory(), 'stacks');
}

/**
 * Folder of one stack: logs, data, credentials and description.
 *
 * @throws Error if the name is not made of lower-case letters, digits and hyphens.
 */
export function stackDirectory(name: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(name)) {
    throw new Error(`"${name}" cannot name a stack: use lower-case letters, digits and hyphens`);
  }
  return join(stacksDirectory(), name);
}
