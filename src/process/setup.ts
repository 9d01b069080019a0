import type { Logger } from 'pino';
import { parseConfig, readConfigText } from '../config/config';
import { configVersion } from '../config/config-version';
import { configPath, type Environment } from '../config/environment';
import { readMetadata } from '../config/metadata';
import { createAddressProver } from '../sealing/address-proof';
import { loadSealingKeys } from '../sealing/keys';
import { createSealer } from '../sealing/sealer';
import { createTemporalClient } from '../temporal/connection';
import type { ProcessContext } from './context';
import { createKubernetesMetrics } from './kubernetes-metrics';
import { followConfig, logWarnings } from './live-config';
import { createLogger } from './logger';

/**
 * Creates the shared state of the services of this process, from its configuration file and environment.
 *
 * @throws ConfigError with every problem of the configuration; Error when there is no sealing key.
 */
export async function setUpProcess(
  environment: Environment,
  path = configPath(environment),
): Promise<ProcessContext> {
  const text = readConfigText(path);
  const checked = parseConfig(text, environment);
  const { config, warnings } = checked;
  const logger: Logger = createLogger(config);
  logWarnings(logger, warnings);
  const keys = await loadSealingKeys(config.sealingKeysPath);
  const sealer = createSealer(keys);
  const { fingerprint } = sealer;
  const initial = configVersion(text, environment, fingerprint, checked);
  return {
    config,
    liveConfig: followConfig({ path, environment, fingerprint, initial, logger }),
    logger,
    temporal: createTemporalClient(),
    sealer,
    prover: createAddressProver(keys),
    kubeconfig: environment.KUBECONFIG || undefined,
    kubernetesMetrics: createKubernetesMetrics(),
    metadata: readMetadata(config.metadataPath),
  };
}
