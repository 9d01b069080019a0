import { parseConfig, readConfigText } from '../config/config';
import { configPath, readEnvironment } from '../config/environment';

/**
 * Checks a configuration file and prints its warnings.
 *
 * @throws ConfigError with every problem found.
 */
export function checkConfig(file: string | undefined): void {
  const environment = readEnvironment();
  const path = file ?? configPath(environment);
  const { warnings } = parseConfig(readConfigText(path), environment);
  for (const warning of warnings) console.log(`warning: ${warning.path}: ${warning.message}`);
  console.log(`${path}: valid, ${warnings.length} warnings`);
}
