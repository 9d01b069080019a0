import type { Logger } from 'pino';
import type { Config } from '../config/config';
import type { Metadata } from '../config/metadata';
import type { Sealer } from '../secrets/seal';
import type { TemporalClient } from '../temporal/connection';
import type { KubernetesMetrics } from './kubernetes-metrics';

/** What all services of one operating system process share. */
export interface ProcessContext {
  readonly config: Config;
  readonly logger: Logger;
  readonly temporal: TemporalClient;
  readonly sealer: Sealer;
  /** Path of a kubeconfig; undefined inside a cluster. */
  readonly kubeconfig: string | undefined;
  /** Counts the requests of all Kubernetes clients of the process. */
  readonly kubernetesMetrics: KubernetesMetrics;
  /** The controller's own pod. */
  readonly metadata: Metadata;
}
