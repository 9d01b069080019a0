import * as z from 'zod';
import { parseReference } from '../../domain/images/image';
import { type Finding, repeated, report } from '../diagnostics';
import { durationOrZero, interval, limit } from './quantities';
import { absolutePath, filledText, integer, matching, scalar, shown, text, webUrl } from './scalars';
import { section, variants } from './section';

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

const host = () =>
  matching('host', 'a host with an optional port', /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:\d{1,5})?$/i);

/** A registry has a dot or a port, unlike the first part of a name on Docker Hub. */
const REGISTRY = /^(?:localhost|[\w-]+(?:\.[\w-]+)+)(?::\d{1,5})?$|^[\w.-]+:\d{1,5}$/;

/** Whether a text names an image with its registry and tag. */
export function isImageReference(text: string): boolean {
  const reference = parseReference(text);
  return (
    reference !== null &&
    REGISTRY.test(reference.registry) &&
    reference.tag !== null &&
    /^[a-z0-9._/-]+$/.test(reference.repository) &&
    (reference.digest === null || /^sha256:[0-9a-f]{64}$/.test(reference.digest))
  );
}

const reference = () =>
  scalar(
    {
      title: 'image reference',
      rule: 'an image reference registry/repository:tag[@sha256:…]',
      json: { type: 'string' },
    },
    (value) => (typeof value === 'string' && isImageReference(value) ? value : undefined),
  );

const docker = z.strictObject({
  type: z.literal('docker').describe('Images of one repository of a Docker registry.'),
  registry: host().prefault('docker.io').describe('Host of the registry.'),
  repository: filledText().describe('Repository within the registry.'),
  allowedAuthRealms: z
    .array(filledText())
    .optional()
    .describe(
      '`https` URLs or hosts that may be sent credentials; else the registry, and `auth.docker.io` for Docker Hub.',
    ),
});

const google = z.strictObject({
  type: z.literal('google').describe('Images of a Google Artifact Registry.'),
  location: filledText().describe('Region of the repository.'),
  projectId: filledText().describe('Google project.'),
  repository: filledText().describe('Name of the repository.'),
  image: filledText().describe('Name of the image.'),
  apiEndpoint: webUrl()
    .nullable()
    .prefault(null)
    .describe("URL of the registry's API, for private endpoints; null for Google's."),
});

const staticImage = section({
  name: filledText().describe('Name that users see.'),
  reference: reference().describe('What is run.'),
});

const staticSource = z.strictObject({
  type: z.literal('static').describe('A fixed list of images.'),
  images: z.array(staticImage).describe('The images, in the order of the menu.'),
  recommended: text().nullable().prefault(null).describe('Name of the recommended image; null for none.'),
});

function staticFindings({ images, recommended }: z.output<typeof staticSource>): Finding[] {
  const names = images.map(({ name }) => name);
  const repeats = repeated(names).map(
    ({ value, index }): Finding => ({
      path: ['images', index, 'name'],
      value: shown(value),
      rule: 'duplicate',
      message: `"${value}" is the name of an earlier image`,
      remedy: 'Give each image a name of its own.',
    }),
  );
  const none: Finding = {
    path: ['images'],
    rule: 'missing',
    message: 'an empty list is not allowed; at least one image is needed',
    remedy: 'List at least one image.',
  };
  const unknown: Finding = {
    path: ['recommended'],
    value: shown(recommended),
    rule: 'unknown-name',
    message: `"${recommended}" is not the name of one of images`,
    remedy: `Name one of ${names.join(', ')}, or leave the key out.`,
  };
  return [
    ...(names.length === 0 ? [none] : []),
    ...repeats,
    ...(recommended === null || names.includes(recommended) ? [] : [unknown]),
  ];
}

const source = variants([docker, google, staticSource]).superRefine((source, context) => {
  if (source.type === 'static') report(staticFindings(source), context);
});

/** Which images users can run, and how they are kept at hand. */
export const images = section({
  source: source.describe('Where images come from.'),
  refreshInterval: interval().prefault('5m').describe('How often the list is read again.'),
  prepullTimeout: limit().prefault('10m').describe('Limit of the pull of one image by one node.'),
  prepullConcurrency: integer(1)
    .prefault(10)
    .describe('Pulls at a time, over all nodes; each node pulls one image at a time.'),
  recommendedTag: filledText().prefault('recommended').describe('Alias tag of the recommended image.'),
  numReleases: integer(0).prefault(1).describe('Releases that are prepulled and shown as radio buttons.'),
  numWeeklies: integer(0).prefault(2).describe('The same for weeklies.'),
  numDailies: integer(0).prefault(3).describe('The same for dailies.'),
  cycle: integer().nullable().prefault(null).describe('Offer only images of this cycle.'),
  pin: z.array(text()).prefault([]).describe('Tags to prepull besides.'),
  aliasTags: z.array(text()).prefault([]).describe('Tags to treat as aliases besides `recommendedTag`.'),
  dockerCredentialsPath: absolutePath()
    .nullable()
    .prefault('/etc/secrets/.dockerconfigjson')
    .describe('Docker credentials file, for source `docker` only.'),
});
