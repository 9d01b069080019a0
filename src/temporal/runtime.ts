import { Runtime } from '@temporalio/worker';
import type { Logger } from 'pino';
import { temporalLogger } from './logger';

/** What the native part of the Temporal SDK is given, once per process. */
export interface RuntimeOptions {
  readonly logger: Logger;
  /** Where the SDK serves its own Prometheus metrics, `host:port`; the process's metrics page includes them. */
  readonly metricsAddress: string;
}

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
        prometheus: { bindAddress: metricsAddress, countersTotalSuffix: true, useSecondsForDurations: true },
      },
    },
  });
}
