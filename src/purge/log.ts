/** Severities, the least first. */
export const LOG_LEVELS = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** Facts of an event. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes an event as one line. */
export type Log = (level: LogLevel, event: string, fields?: LogFields) => void;

export interface LogOptions {
  readonly profile: 'production' | 'development';
  readonly level: LogLevel;
  readonly hasTimestamp: boolean;
}

const printed = (value: unknown): string =>
  typeof value === 'string' ? shownText(value) : JSON.stringify(value);

/** A log of JSON lines in `production`, else of text for people. */
export function createLog(write: (line: string) => void, { profile, level, hasTimestamp }: LogOptions): Log {
  const least = LOG_LEVELS.indexOf(level);
  return (severity, event, fields = {}) => {
    if (LOG_LEVELS.indexOf(severity) < least) return;
    const time = hasTimestamp ? new Date().toISOString() : null;
    if (profile === 'production') {
      const start = { ...(time === null ? {} : { timestamp: time }), severity: severity.toLowerCase() };
      write(`${escapedControls(JSON.stringify({ ...start, event, ...fields }))}\n`);
      return;
    }
    const facts = Object.entries(fields).map(([name, value]) => `${name}=${printed(value)}`);
    write(`${[...(time === null ? [] : [time]), severity.padEnd(7), event, ...facts].join(' ')}\n`);
  };
}

/** Control characters and those that change the direction of a line. */
const UNSAFE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** A JSON text with characters escaped that JSON leaves, and terminals act on. */
export function escapedControls(json: string): string {
  return json.replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A text as it can be put in a line: with quotes and escapes where it has characters that are no part of one. */
export function shownText(text: string): string {
  const quoted = escapedControls(JSON.stringify(text));
  return quoted === `"${text}"` && !text.startsWith('"') ? text : quoted;
}
