import { type Logger, pino } from 'pino';
import type { Config } from '../config/config';
import { LOG_REDACTION } from '../redaction/log-redaction';

const LEVELS = { DEBUG: 'debug', INFO: 'info', WARNING: 'warn', ERROR: 'error', CRITICAL: 'fatal' } as const;

/** The process's logger: JSON lines, or text for people when `logProfile` is `development`. */
export function createLogger(config: Pick<Config, 'logLevel' | 'logProfile'>): Logger {
  const options = { ...LOG_REDACTION, level: LEVELS[config.logLevel], base: undefined };
  if (config.logProfile !== 'development') return pino(options);
  return pino({ ...options, transport: { target: 'pino-pretty', options: { destination: 1 } } });
}
