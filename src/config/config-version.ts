import { type CheckedConfig, type Config, parseConfig } from './config';
import type { Diagnostic } from './diagnostics';
import type { Environment } from './environment';

/** Source of a configuration. */
export interface ConfigSource {
  /** The text of the file. */
  readonly text: string;
  /** The variables that labs depend on; none is confidential. */
  readonly environment: Environment;
}

/** A version of the configuration. */
export interface ConfigVersion {
  /** The same for the same source. */
  readonly id: string;
  readonly source: ConfigSource;
  readonly config: Config;
  readonly warnings: readonly Diagnostic[];
}

/** The variables that decide, with the file, what labs are made of. */
const LAB_VARIABLES = [
  'EXTERNAL_INSTANCE_URL',
  'REPERTOIRE_BASE_URL',
  'NUBLADO_CONTROLLER_REPOSITORY',
  'NUBLADO_CONTROLLER_TAG',
  'NUBLADO_CONTROLLER_PULL_POLICY',
] as const;

/** A keyed hash of a text, hexadecimal: equal for equal texts, and useless for guessing them without the key. */
export type Fingerprint = (text: string) => string;

/**
 * Checks a configuration, unless the result is given, and assigns the ID of its version.
 *
 * @throws ConfigError with every problem found.
 */
export function configVersion(
  text: string,
  environment: Environment,
  fingerprint: Fingerprint,
  { config, warnings }: CheckedConfig = parseConfig(text, environment),
): ConfigVersion {
  const variables = LAB_VARIABLES.filter((name) => environment[name] !== undefined);
  const source = {
    text,
    environment: Object.fromEntries(variables.map((name) => [name, environment[name]])),
  };
  return { id: fingerprint(JSON.stringify(source)).slice(0, 16), source, config, warnings };
}
