import { stringify } from 'yaml';
import { type Config, parseConfig, readConfigText } from '../config/config';
import { ConfigError, type Diagnostic } from '../config/diagnostics';
import { normalisedConfig } from '../config/documents/normalised';
import { configPath } from '../config/environment';
import { readEnvironment } from '../config/process-environment';

/** How the outcome is printed. */
export interface CheckOptions {
  readonly json?: boolean;
}

interface Outcome {
  readonly diagnostics: readonly Diagnostic[];
  /** Null when the configuration cannot be used. */
  readonly config: Config | null;
}

function check(path: string): Outcome {
  const environment = readEnvironment();
  try {
    const { config, warnings } = parseConfig(readConfigText(path), environment);
    return { config, diagnostics: warnings };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { config: null, diagnostics: error.problems };
  }
}

const asText = ({ severity, path, message, remedy }: Diagnostic): string =>
  `${severity}: ${path}: ${message}\n    ${remedy}`;

function summary(path: string, { config, diagnostics }: Outcome): string {
  const count = (severity: Diagnostic['severity']) =>
    diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
  return config
    ? `${path}: valid, ${count('warning')} warnings`
    : `${path}: cannot be used, ${count('error')} errors`;
}

/**
 * Checks a configuration file together with this process's environment, as the services do at their start, and
 * prints what was found: with a usable configuration also how it is understood, confidential values masked.
 * Diagnostics go to standard error and the dump to standard output; with `json` one document has both. The exit
 * code is 0 for a usable configuration and 1 for any other.
 */
export function checkConfig(file: string | undefined, { json = false }: CheckOptions): void {
  const path = file ?? configPath(readEnvironment());
  const outcome = check(path);
  const { config, diagnostics } = outcome;
  const normalised = config && normalisedConfig(config);
  if (json) {
    const isValid = config !== null;
    console.log(JSON.stringify({ path, isValid, diagnostics, ...normalised }, null, 2));
  } else {
    if (normalised) {
      const { environment, file } = normalised;
      console.log(`# What the environment decides: ${JSON.stringify(environment)}`);
      console.log(stringify(file, { version: '1.1', aliasDuplicateObjects: false }).trimEnd());
    }
    for (const diagnostic of diagnostics) console.error(asText(diagnostic));
    console.error(summary(path, outcome));
  }
  if (!config) process.exitCode = 1;
}
