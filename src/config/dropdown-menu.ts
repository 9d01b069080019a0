import { durationOrZero } from './quantities';
import { integer, matching, scalar } from './scalars';
import { inMs, section } from './section';

/** A date or a date and time; without a zone it is in UTC. Parsed to RFC 3339. */
const instant = scalar('a date such as 2026-01-31 or a date and time', (value) => {
  if (value instanceof Date) {
    return Number.isNaN(value.getTime()) ? undefined : value.toISOString();
  }
  const parts =
    typeof value === 'string'
      ? /^(\d{4}-\d{2}-\d{2})(?:[T ]([\d:.]+)\s*(Z|[-+]\d{2}:?\d{2})?)?$/.exec(value)
      : null;
  const time = parts && Date.parse(`${parts[1]}T${parts[2] ?? '00:00:00'}${parts[3] ?? 'Z'}`);
  return time === null || Number.isNaN(time) ? undefined : new Date(time).toISOString();
});

const semanticVersion = matching(
  'a semantic version x.y.z[-pre]',
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z.-]+)?$/,
);

const filter = () =>
  section({
    number: integer(0).nullable().default(null),
    age: durationOrZero().nullable().default(null),
    cutoffDate: instant.nullable().default(null),
    cutoffBuild: integer().nullable().default(null),
    cutoffVersion: semanticVersion.nullable().default(null),
  })
    .transform(inMs('age'))
    .prefault({});

/** Which images of each category the dropdown menu offers; all conditions given must hold. */
export const dropdownMenu = section({
  release: filter(),
  weekly: filter(),
  daily: filter(),
  releaseCandidate: filter(),
  experimental: filter(),
});
