import * as z from 'zod';
import { parseReference } from '../domain/images/reference';
import { duration } from './quantities';
import { absolutePath, filledText, integer, matching, scalar, text } from './scalars';
import { inMs, section, variants } from './section';

const host = () => matching('a host with an optional port', /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:\d{1,5})?$/i);

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
  scalar('an image reference registry/repository:tag[@sha256:…]', (value) =>
    typeof value === 'string' && isImageReference(value) ? value : undefined,
  );

const docker = z.strictObject({
  type: z.literal('docker'),
  registry: host().default('docker.io'),
  repository: filledText(),
  allowedAuthRealms: z.array(filledText()).optional(),
});

const google = z.strictObject({
  type: z.literal('google'),
  location: filledText(),
  projectId: filledText(),
  repository: filledText(),
  image: filledText(),
});

const staticImage = section({ name: filledText(), reference: reference() });

const staticSource = z.strictObject({
  type: z.literal('static'),
  images: z.array(staticImage),
  recommended: text().nullable().default(null),
});

const source = variants([docker, google, staticSource]).superRefine((source, context) => {
  if (source.type !== 'static') {
    return;
  }
  const names = source.images.map(({ name }) => name);
  const refuse = (path: (string | number)[], message: string) =>
    context.addIssue({ code: 'custom', path, message });
  if (names.length === 0) {
    refuse(['images'], 'an empty list is not allowed; at least one image is needed');
  }
  names.forEach((name, index) => {
    if (names.indexOf(name) < index) {
      refuse(['images', index, 'name'], `"${name}" is the name of an earlier image`);
    }
  });
  if (source.recommended !== null && !names.includes(source.recommended)) {
    refuse(['recommended'], `"${source.recommended}" is not the name of one of images`);
  }
});

/** Which images users can run, and how they are kept at hand. */
export const images = section({
  source,
  refreshInterval: duration().default(300_000),
  prepullTimeout: duration().default(600_000),
  recommendedTag: filledText().default('recommended'),
  numReleases: integer(0).default(1),
  numWeeklies: integer(0).default(2),
  numDailies: integer(0).default(3),
  cycle: integer().nullable().default(null),
  pin: z.array(text()).default([]),
  aliasTags: z.array(text()).default([]),
  dockerCredentialsPath: absolutePath().nullable().default('/etc/secrets/.dockerconfigjson'),
}).transform(inMs('refreshInterval', 'prepullTimeout'));
