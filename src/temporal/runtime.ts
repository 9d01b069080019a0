import { Runtime } from '@temporalio/worker';
import type { Logger } from 'pino';
import { temporalLogger } from './logger';

/** Options of the native part of the Temporal SDK, set once per process. */
export interface RuntimeOptions {
  readonly logger: Logger;
  /** `host:port` at which the SDK serves its Prometheus metrics; the process's metrics page includes them. */
  readonly metricsAddress: string;
}

/** Buckets of durations that workflows measure, in seconds: pulls take from a second to some ten minutes. */
const HISTOGRAM_BUCKETS = { nublado_prepull_duration_seconds: [1, 3, 10, 30, 60, 120, 300, 600, 1200] };

/**
 * Installs the process-wide Temporal runtime: logs through pino, metrics for Prometheus, and no signal
 * handlers, since the process closes everything in its own order.
 */
export function installRuntime({ logger, metricsAddress }: RuntimeOptions): void {
  Runtime.install({
    logger: temporalLogger(logger),
    shutdownSignals: [],
    telemetryOptions: {
      logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} },
      metrics: {
        prometheus: {
          bindAddress: metricsAddress,
          countersTotalSuffix: true,
          useSecondsForDurations: true,
          histogramBucketOverrides: HISTOGRAM_BUCKETS,
        },
      },
    },
  });
}
