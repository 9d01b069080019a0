import * as z from 'zod';
import { durationOrZero } from './quantities';
import { integer, matching, scalar, text } from './scalars';
import { section } from './section';

const INSTANT = {
  title: 'date or date and time',
  rule: 'a date such as 2026-01-31 or a date and time',
  json: { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}' },
};

/** A date or a date and time; without a zone it is in UTC. Parsed to RFC 3339. */
const instant = scalar(INSTANT, (value) => {
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
  'semantic version',
  'a semantic version x.y.z[-pre]',
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z.-]+)?$/,
);

/** Conditions on the images of one category. */
const imageFilter = section({
  number: integer(0).nullable().prefault(null).describe('Keep this many newest; 0 means no limit.'),
  age: durationOrZero()
    .nullable()
    .prefault(null)
    .describe('Keep those derived from weeklies and dailies that are not older.'),
  cutoffDate: instant.nullable().prefault(null).describe('The same by date, in UTC unless it has a zone.'),
  cutoffBuild: integer()
    .nullable()
    .prefault(null)
    .describe('Keep images with an RSP build number from this on.'),
  cutoffVersion: semanticVersion
    .nullable()
    .prefault(null)
    .describe('Keep releases and candidates from this version on.'),
}).meta({ id: 'imageFilter', title: 'image filter' });

/** A filter for each category of images; `purpose` completes "Which releases are …". */
function imageFilters(purpose: string) {
  const filtered = (images: string) => imageFilter.prefault({}).describe(`Which ${images} are ${purpose}.`);
  return {
    release: filtered('releases'),
    weekly: filtered('weeklies'),
    daily: filtered('dailies'),
    releaseCandidate: filtered('release candidates'),
    experimental: filtered('experimental images'),
  };
}

/** Which images of each category the dropdown menu offers; all conditions given must hold. */
export const dropdownMenu = section(imageFilters('offered'));

/** Which images `nublado images prune` keeps; all conditions given must hold, and none keeps everything. */
export const prune = section({
  ...imageFilters('kept'),
  keep: z.array(text()).prefault([]).describe('Tags that are kept whatever else is said.'),
});
