import type { Logger } from 'pino';
import type { Config } from '../config/config';
import type { Metadata } from '../config/metadata';
import type { AddressProver } from '../sealing/address-proof';
import type { Sealer } from '../sealing/sealer';
import type { TemporalClient } from '../temporal/connection';
import type { KubernetesMetrics } from './kubernetes-metrics';
import type { LiveConfig } from './live-config';

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
