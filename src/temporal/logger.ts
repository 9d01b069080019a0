import type { LogLevel, LogMetadata, Logger as TemporalLogger } from '@temporalio/common';
import type { Logger } from 'pino';

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
