import { scalar } from './scalars';

const UNIT_MS = { week: 604_800_000, day: 86_400_000, hour: 3_600_000, minute: 60_000, second: 1000 };

const HUMAN_DURATION = new RegExp(
  [
    '^\\s*(?:(?<week>\\d+)\\s*(?:weeks|week|w))?',
    '\\s*(?:(?<day>\\d+)\\s*(?:days|day|d))?',
    '\\s*(?:(?<hour>\\d+)\\s*(?:hours|hour|hr|h))?',
    '\\s*(?:(?<minute>\\d+)\\s*(?:minutes|minute|mins|min|m))?',
    '\\s*(?:(?<second>\\d+)\\s*(?:seconds|second|secs|sec|s))?\\s*$',
  ].join(''),
);

const NUMBER = /^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*$/;

function readDurationMs(value: unknown): number | undefined {
  if (typeof value === 'number') {
    return Number.isFinite(value) ? Math.round(value * 1000) : undefined;
  }
  if (typeof value !== 'string' || value.trim() === '') {
    return undefined;
  }
  if (NUMBER.test(value)) {
    return readDurationMs(Number(value));
  }
  const parts = HUMAN_DURATION.exec(value)?.groups;
  return (
    parts &&
    Object.entries(UNIT_MS).reduce((sum, [unit, unitMs]) => sum + Number(parts[unit] ?? 0) * unitMs, 0)
  );
}

const atLeast = (minimum: number, number: number | undefined) =>
  number !== undefined && Number.isSafeInteger(number) && number >= minimum ? number : undefined;

/** A duration longer than nothing, such as `300`, `5m` or `1h 30m`; parsed to milliseconds. */
export const duration = () =>
  scalar('a duration longer than zero, such as 5m, 1h 30m or a number of seconds', (value) =>
    atLeast(1, readDurationMs(value)),
  );

/** A duration that may be zero; parsed to milliseconds. */
export const durationOrZero = () =>
  scalar('a duration, such as 5m, 1h 30m or a number of seconds', (value) =>
    atLeast(0, readDurationMs(value)),
  );

function readCpu(value: unknown): number | undefined {
  if (typeof value === 'number') {
    return value;
  }
  if (typeof value !== 'string') {
    return undefined;
  }
  if (/^\d+m$/.test(value)) {
    return Number(value.slice(0, -1)) / 1000;
  }
  return /^(?:\d+(?:\.\d{0,3})?|\.\d{1,3})$/.test(value) ? Number(value) : undefined;
}

/** An amount of CPU, such as `1.5` or `500m`; parsed to cores. */
export const cpu = () =>
  scalar('an amount of CPU above zero, such as 1.5 or 500m', (value) => {
    const cores = readCpu(value);
    return cores !== undefined && Number.isFinite(cores) && cores > 0 ? cores : undefined;
  });

const MEMORY = /^\s*(\d*\.?\d+)\s*(?:([kmgtpe])(i)?)?b?\s*$/i;

function readMemory(value: unknown): number | undefined {
  if (typeof value === 'number') {
    return Number.isInteger(value) ? value : undefined;
  }
  const parts = typeof value === 'string' ? MEMORY.exec(value) : null;
  if (!parts) {
    return undefined;
  }
  const power = parts[2] === undefined ? 0 : 'KMGTPE'.indexOf(parts[2].toUpperCase()) + 1;
  return Math.trunc(Number(parts[1]) * (parts[3] === undefined ? 1000 : 1024) ** power);
}

/** An amount of memory, such as `3Gi`, `0.75Gi` or `500MB`; parsed to bytes. */
export const memory = () =>
  scalar('an amount of memory above zero, such as 3Gi, 500MB or a number of bytes', (value) => {
    const bytes = readMemory(value);
    return bytes !== undefined && Number.isFinite(bytes) && bytes > 0 ? bytes : undefined;
  });
