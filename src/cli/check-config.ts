import { stringify } from 'yaml';
import { parseConfig, readConfigText } from '../config/config';
import { type Diagnostic, toConfigError } from '../config/diagnostics';
import { type NormalisedConfig, normalisedConfig } from '../config/documents/normalised';
import { configPath } from '../config/environment';
import { readEnvironment } from '../config/process-environment';

/** How the outcome is printed. */
export interface CheckOptions {
  readonly json?: boolean;
}

interface Outcome {
  readonly diagnostics: readonly Diagnostic[];
  /** Null when the configuration cannot be used. */
  readonly normalised: NormalisedConfig | null;
}

function check(path: string): Outcome {
  try {
    const { config, warnings } = parseConfig(readConfigText(path), readEnvironment());
    return { normalised: normalisedConfig(config), diagnostics: warnings };
  } catch (error) {
    return { normalised: null, diagnostics: toConfigError(error).problems };
  }
}

const asText = ({ severity, path, message, remedy }: Diagnostic): string =>
  `${severity}: ${path}: ${message}\n    ${remedy}`;

function summary(path: string, { normalised, diagnostics }: Outcome): string {
  const count = (severity: Diagnostic['severity']) =>
    diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
  return normalised
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
  const { normalised, diagnostics } = outcome;
  if (json) {
    const isValid = normalised !== null;
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
  if (!normalised) process.exitCode = 1;
}
