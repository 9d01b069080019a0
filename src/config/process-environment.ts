import type { Environment } from './environment';

/** The environment of this process. The one place of the product that reads it; loads nothing else. */
export function readEnvironment(): Environment {
  return process.env;
}
