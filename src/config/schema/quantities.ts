import type * as z from 'zod';
import { SPACES, scalar } from './scalars';
import { DURATION, type Milliseconds } from './section';

const UNIT_MS = { week: 604_800_000, day: 86_400_000, hour: 3_600_000, minute: 60_000, second: 1000 };

const PARTS = {
  week: 'weeks|week|w',
  day: 'days|day|d',
  hour: 'hours|hour|hr|h',
  minute: 'minutes|minute|mins|min|m',
  second: 'seconds|second|secs|sec|s',
};

const HUMAN_DURATION = new RegExp(
  `^${Object.entries(PARTS)
    .map(([unit, words]) => `(?:${SPACES}(?<${unit}>[0-9]+)${SPACES}(?:${words}))?`)
    .join('')}${SPACES}$`,
);

const NUMBER = new RegExp(`^${SPACES}[-+]?(?:[0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)(?:[eE][-+]?[0-9]+)?${SPACES}$`);

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

const within = (minimum: number, maximum: number, number: number | undefined) =>
  number !== undefined && Number.isSafeInteger(number) && number >= minimum && number <= maximum
    ? number
    : undefined;

const DURATION_JSON = {
  anyOf: [
    { type: 'number', minimum: 0 },
    { type: 'string', pattern: `${HUMAN_DURATION.source}|${NUMBER.source}` },
  ],
};

interface DurationRange {
  readonly minimumMs: number;
  readonly maximumMs?: number;
  readonly title: string;
  readonly rule: string;
}

const LONGEST_MS = Number.MAX_SAFE_INTEGER;

/** Longer timers would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

function durationFrom({ minimumMs, maximumMs = LONGEST_MS, title, rule }: DurationRange) {
  const schema = scalar({ title, rule, json: DURATION_JSON }, (value) =>
    within(minimumMs, maximumMs, readDurationMs(value)),
  ).meta(DURATION);
  return schema as unknown as z.ZodType<Milliseconds>;
}

/** A duration longer than nothing, such as `300`, `5m` or `1h 30m`; parsed to milliseconds. */
export const duration = () =>
  durationFrom({
    minimumMs: 1,
    title: 'duration',
    rule: 'a duration longer than zero, such as 5m, 1h 30m or a number of seconds',
  });

/** A duration that may be zero; parsed to milliseconds. */
export const durationOrZero = () =>
  durationFrom({
    minimumMs: 0,
    title: 'duration or 0',
    rule: 'a duration, such as 5m, 1h 30m or a number of seconds',
  });

/** How long a process waits for something, at most 24 days; parsed to milliseconds. */
export const limit = () =>
  durationFrom({
    minimumMs: 1,
    maximumMs: LONGEST_TIMER_MS,
    title: 'duration',
    rule: 'a duration longer than zero and of at most 24 days, such as 5m or a number of seconds',
  });

/** As `limit`, for waits that may be left out. */
export const limitOrZero = () =>
  durationFrom({
    minimumMs: 0,
    maximumMs: LONGEST_TIMER_MS,
    title: 'duration or 0',
    rule: 'a duration of at most 24 days, such as 5m or a number of seconds',
  });

/** How often something runs by a schedule, at least a second apart; parsed to milliseconds. */
export const interval = () =>
  durationFrom({
    minimumMs: 1000,
    maximumMs: LONGEST_TIMER_MS,
    title: 'duration ≥ 1s',
    rule: 'a duration of at least a second and at most 24 days, such as 5m or a number of seconds',
  });

const CPU_TEXT = /^(?:\d+m|\d+(?:\.\d{0,3})?|\.\d{1,3})$/;

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
  return CPU_TEXT.test(value) ? Number(value) : undefined;
}

const CPU = {
  title: 'CPU',
  rule: 'an amount of CPU above zero, such as 1.5 or 500m',
  json: {
    anyOf: [
      { type: 'number', exclusiveMinimum: 0 },
      { type: 'string', pattern: CPU_TEXT.source },
    ],
  },
};

/** An amount of CPU, such as `1.5` or `500m`; parsed to cores. */
export const cpu = () =>
  scalar(CPU, (value) => {
    const cores = readCpu(value);
    return cores !== undefined && Number.isFinite(cores) && cores > 0 ? cores : undefined;
  });

const MEMORY_TEXT = new RegExp(
  `^${SPACES}([0-9]+(?:\\.[0-9]+)?|\\.[0-9]+)${SPACES}(?:([KMGTPEkmgtpe])([Ii])?)?[Bb]?${SPACES}$`,
);

/** The bytes of an amount of memory; undefined for anything else. */
export function readMemory(value: unknown): number | undefined {
  if (typeof value === 'number') {
    return Number.isInteger(value) ? value : undefined;
  }
  const parts = typeof value === 'string' ? MEMORY_TEXT.exec(value) : null;
  if (!parts) {
    return undefined;
  }
  const power = parts[2] === undefined ? 0 : 'KMGTPE'.indexOf(parts[2].toUpperCase()) + 1;
  return Math.trunc(Number(parts[1]) * (parts[3] === undefined ? 1000 : 1024) ** power);
}

const MEMORY = {
  title: 'memory',
  rule: 'an amount of memory above zero, such as 3Gi, 500MB or a number of bytes',
  json: {
    anyOf: [
      { type: 'integer', exclusiveMinimum: 0 },
      { type: 'string', pattern: MEMORY_TEXT.source },
    ],
    'x-unit': 'bytes',
  },
};

/** An amount of memory, such as `3Gi`, `0.75Gi` or `500MB`; parsed to bytes. */
export const memory = () =>
  scalar(MEMORY, (value) => {
    const bytes = readMemory(value);
    return bytes !== undefined && Number.isFinite(bytes) && bytes > 0 ? bytes : undefined;
  });
