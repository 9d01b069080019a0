import { type CheckedConfig, type Config, parseConfig } from './config';
import type { Diagnostic } from './diagnostics';
import type { Environment } from './environment';

/** What a configuration is made from. */
export interface ConfigSource {
  /** The text of the file. */
  readonly text: string;
  /** The variables that labs depend on; none is confidential. */
  readonly environment: Environment;
}

/** A configuration that was in force at some time. */
export interface ConfigVersion {
  /** The same for the same source. */
  readonly id: string;
  readonly source: ConfigSource;
  readonly config: Config;
  readonly notices: readonly Diagnostic[];
}

/** The variables that decide, with the file, what labs are made of. */
const LAB_VARIABLES = [
  'EXTERNAL_INSTANCE_URL',
  'REPERTOIRE_BASE_URL',
  'NUBLADO_CONTROLLER_REPOSITORY',
  'NUBLADO_CONTROLLER_TAG',
  'NUBLADO_CONTROLLER_PULL_POLICY',
] as const;

/** Names a text so that others of the same text can be told, and nothing of it guessed; hexadecimal. */
export type Fingerprint = (text: string) => string;

/**
 * Checks a configuration, unless that is done, and names this version of it.
 *
 * @throws ConfigError with every problem found.
 */
export function configVersion(
  text: string,
  environment: Environment,
  fingerprint: Fingerprint,
  { config, notices }: CheckedConfig = parseConfig(text, environment),
): ConfigVersion {
  const variables = LAB_VARIABLES.filter((name) => environment[name] !== undefined);
  const source = {
    text,
    environment: Object.fromEntries(variables.map((name) => [name, environment[name]])),
  };
  return { id: fingerprint(JSON.stringify(source)).slice(0, 16), source, config, notices };
}
