import * as z from 'zod';
import { parseReference } from '../../domain/images/reference';
import type { Finding } from '../diagnostics';
import { repeated, report } from '../diagnostics';
import { interval, limit } from './quantities';
import { absolutePath, filledText, integer, matching, scalar, shown, text, webUrl } from './scalars';
import { section, variants } from './section';

const host = () =>
  matching('host', 'a host with an optional port', /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:\d{1,5})?$/i);

/** A registry has a dot or a port, unlike the first part of a name on Docker Hub. */
const REGISTRY = /^(?:localhost|[\w-]+(?:\.[\w-]+)+)(?::\d{1,5})?$|^[\w.-]+:\d{1,5}$/;

function isImageReference(text: string): boolean {
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
