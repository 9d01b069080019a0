import type { Logger } from 'pino';
import { readConfigText } from '../config/config';
import { configVersion } from '../config/config-version';
import { configPath, type Environment } from '../config/environment';
import { readMetadata } from '../config/metadata';
import { loadSealingKeys } from '../secrets/keys';
import { createSealer } from '../secrets/seal';
import { createTemporalClient } from '../temporal/connection';
import type { ProcessContext } from './context';
import { createKubernetesMetrics } from './kubernetes-metrics';
import { followConfig, logNotices } from './live-config';
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
  const initial = configVersion(readConfigText(path), environment);
  const { config } = initial;
  const logger: Logger = createLogger(config);
  logNotices(logger, initial.notices);
  return {
    config,
    liveConfig: followConfig({ path, environment, initial, logger }),
    logger,
    temporal: createTemporalClient(),
    sealer: createSealer(await loadSealingKeys(config.sealingKeysPath)),
    kubeconfig: environment.KUBECONFIG || undefined,
    kubernetesMetrics: createKubernetesMetrics(),
    metadata: readMetadata(config.metadataPath),
  };
}
