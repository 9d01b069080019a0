import type { Logger } from 'pino';
import type { Config } from '../config/config';
import type { Metadata } from '../config/metadata';
import type { Sealer } from '../secrets/seal';
import type { TemporalClient } from '../temporal/connection';

/** What all services of one operating system process share. */
export interface ProcessContext {
  readonly config: Config;
  readonly logger: Logger;
  readonly temporal: TemporalClient;
  readonly sealer: Sealer;
  /** Path of a kubeconfig; undefined inside a cluster. */
  readonly kubeconfig: string | undefined;
  /** The controller's own pod. */
  readonly metadata: Metadata;
}
