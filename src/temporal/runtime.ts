import { Runtime } from '@temporalio/worker';
import type { Logger } from 'pino';
import { temporalLogger } from './logger';

/** What the native part of the Temporal SDK is given, once per process. */
export interface RuntimeOptions {
  readonly logger: Logger;
  /** Where the SDK serves its own Prometheus metrics, `host:port`; the process's metrics page includes them. */
  readonly metricsAddress: string;
}

/** Bounds of the durations that workflows measure, in seconds: a pull takes from a moment to some ten minutes. */
const HISTOGRAM_BUCKETS = { nublado_prepull_duration_seconds: [1, 3, 10, 30, 60, 120, 300, 600, 1200] };

/**
 * Installs the process-wide Temporal runtime: logs through pino, metrics for Prometheus, and no signal
 * handlers of its own, since the process closes everything in its own order.
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
