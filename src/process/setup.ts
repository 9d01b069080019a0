import type { Logger } from 'pino';
import { parseConfig, readConfigText } from '../config/config';
import { configPath, type Environment } from '../config/environment';
import { readMetadata } from '../config/metadata';
import { loadSealingKeys } from '../secrets/keys';
import { createSealer } from '../secrets/seal';
import { createTemporalClient } from '../temporal/connection';
import type { ProcessContext } from './context';
import { createKubernetesMetrics } from './kubernetes-metrics';
import { createLogger } from './logger';

/**
 * Makes what the services of this process share, from its configuration file and environment.
 *
 * @throws ConfigError with every problem of the configuration; Error when there is no sealing key.
 */
export async function setUpProcess(
  environment: Environment,
  path = configPath(environment),
): Promise<ProcessContext> {
  const { config, notices } = parseConfig(readConfigText(path), environment);
  const logger: Logger = createLogger(config);
  for (const { severity, path: key, message, remedy } of notices) {
    logger[severity === 'warning' ? 'warn' : 'info']({ key, remedy }, `configuration: ${message}`);
  }
  return {
    config,
    logger,
    temporal: createTemporalClient(),
    sealer: createSealer(await loadSealingKeys(config.sealingKeysPath)),
    kubeconfig: environment.KUBECONFIG || undefined,
    kubernetesMetrics: createKubernetesMetrics(),
    metadata: readMetadata(config.metadataPath),
  };
}
