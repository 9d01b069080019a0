import { type Logger, pino } from 'pino';
import { type Config, configVersion, parseConfig, readConfigText } from '../config/config';
import { configPath, type Environment, type Metadata, readMetadata } from '../config/environment';
import { LOG_REDACTION } from '../redaction/log-redaction';
import { type AddressProver, createAddressProver } from '../sealing/address-proof';
import { loadSealingKeys } from '../sealing/keys';
import { createSealer, type Sealer } from '../sealing/sealer';
import { createTemporalClient, type TemporalClient } from '../temporal/connection';
import { followConfig, type LiveConfig, logWarnings } from './live-config';
import { createKubernetesMetrics, type KubernetesMetrics } from './metrics';

/** State that all services of one operating system process share. */
export interface ProcessContext {
  /** The configuration at start, for settings that do not change while the process runs. */
  readonly config: Config;
  /** The present configuration, for settings that take effect at once. */
  readonly liveConfig: LiveConfig;
  readonly logger: Logger;
  readonly temporal: TemporalClient;
  readonly sealer: Sealer;
  readonly prover: AddressProver;
  /** Path of a kubeconfig; undefined inside a cluster. */
  readonly kubeconfig: string | undefined;
  /** Counts the requests of all Kubernetes clients of the process. */
  readonly kubernetesMetrics: KubernetesMetrics;
  /** The controller's own pod. */
  readonly metadata: Metadata;
}

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

const LEVELS = { DEBUG: 'debug', INFO: 'info', WARNING: 'warn', ERROR: 'error', CRITICAL: 'fatal' } as const;

/** The process's logger: JSON lines, or text for people when `logProfile` is `development`. */
export function createLogger(config: Pick<Config, 'logLevel' | 'logProfile'>): Logger {
  const options = { ...LOG_REDACTION, level: LEVELS[config.logLevel], base: undefined };
  if (config.logProfile !== 'development') return pino(options);
  return pino({ ...options, transport: { target: 'pino-pretty', options: { destination: 1 } } });
}
