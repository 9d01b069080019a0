import type { LogLevel, LogMetadata, Logger as TemporalLogger } from '@temporalio/common';
import { Runtime } from '@temporalio/worker';
import type { Logger } from 'pino';

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

/**
 * A logger for the Temporal SDK that writes to pino. Temporal passes the message first, pino expects the fields first.
 */
export function temporalLogger(logger: Logger): TemporalLogger {
  const at =
    (level: 'trace' | 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, fields: LogMetadata = {}): void =>
      logger[level](fields, message);
  const levels = {
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
  };
  return {
    ...levels,
    log(level: LogLevel, message: string, fields?: LogMetadata) {
      levels[level.toLowerCase() as Lowercase<LogLevel>](message, fields);
    },
  };
}
