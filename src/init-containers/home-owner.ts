import { isAbsolute, resolve } from 'node:path';
import type { Variables } from './variables';

/** Root's: no home directory is given to it. */
const SMALLEST_ID = 1;

/** The largest id that Linux gives to a user or group; one more means "leave as it is" to `chown`. */
const LARGEST_ID = 2 ** 32 - 2;

/** Where a user's home directory is, and whose it must be. */
export interface HomeOwner {
  readonly home: string;
  readonly uid: number;
  readonly gid: number;
}

/** The home directory that the variables name; null without a usable one. */
export function homeDirectoryIn({ NUBLADO_HOME: home }: Variables): string | null {
  return home && isAbsolute(home) && resolve(home) !== '/' ? resolve(home) : null;
}

function idIn(variables: Variables, name: string): number {
  const text = variables[name] ?? '';
  const id = Number(text);
  if (!/^\d+$/.test(text) || id < SMALLEST_ID || id > LARGEST_ID) {
    throw new Error(`${name} must be a whole number from ${SMALLEST_ID} to ${LARGEST_ID}, not "${text}"`);
  }
  return id;
}

/**
 * Reads `NUBLADO_HOME`, `NUBLADO_UID` and `NUBLADO_GID`.
 *
 * @throws Error that names the variable which is missing or unusable.
 */
export function readHomeOwner(variables: Variables): HomeOwner {
  const home = homeDirectoryIn(variables);
  if (home === null) {
    throw new Error(
      `NUBLADO_HOME must be an absolute path of a directory, not "${variables.NUBLADO_HOME ?? ''}"`,
    );
  }
  return { home, uid: idIn(variables, 'NUBLADO_UID'), gid: idIn(variables, 'NUBLADO_GID') };
}
