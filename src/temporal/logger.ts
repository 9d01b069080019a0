import type { LogLevel, LogMetadata, Logger as TemporalLogger } from '@temporalio/common';
import type { Logger } from 'pino';

/** Lets the Temporal SDK log through pino. Temporal gives the message first, pino the fields. */
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
