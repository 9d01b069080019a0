import * as z from 'zod';
import { report } from './diagnostics';
import { fileFindings } from './rules/file-rules';
import { labFindings } from './rules/lab-rules';
import { auth } from './schema/auth';
import { fileserver, fsadmin } from './schema/file-server';
import { dropdownMenu, images, prune } from './schema/images';
import { lab } from './schema/lab';
import { limits, timeouts } from './schema/limits';
import { hub, outgoing } from './schema/outgoing';
import { limit } from './schema/quantities';
import { image } from './schema/resources';
import { absolutePath, oneOf, scalar, text } from './schema/scalars';
import { section } from './schema/section';

const LOG_LEVELS = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'] as const;

/** A pattern for a word in any case. */
const inAnyCase = (word: string): string =>
  word.replace(/[A-Z]/g, (letter) => `[${letter}${letter.toLowerCase()}]`);

const logLevel = scalar(
  {
    title: LOG_LEVELS.map((level) => `\`${level}\``).join(', '),
    rule: `one of ${LOG_LEVELS.join(', ')}`,
    json: { type: 'string', pattern: `^(?:${LOG_LEVELS.map(inAnyCase).join('|')})$` },
  },
  (value) =>
    typeof value === 'string' ? LOG_LEVELS.find((level) => level === value.toUpperCase()) : undefined,
);

const fields = section({
  logLevel: logLevel.prefault('INFO').describe('Least severity that is logged, in any case.'),
  logProfile: oneOf(['production', 'development'])
    .prefault('production')
    .describe('JSON lines, or text for people.'),
  name: text().prefault('Nublado').describe('Name of the installation, for the index and alerts.'),
  pathPrefix: text().prefault('/nublado').describe('Path below which the API is found.'),
  metadataPath: absolutePath()
    .prefault('/etc/podinfo')
    .describe("Directory with the controller pod's `name`, `namespace` and `uid`."),
  metrics: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('Ignored: no metrics events are published.')
    .meta({ title: 'mapping', deprecated: true }),
  watchReconnectTimeout: limit()
    .prefault('3m')
    .describe('How long one watch of Kubernetes lasts before it is begun anew.'),
  auth: auth.prefault({}).describe('How the callers of the API are known.'),
  hub: hub
    .nullable()
    .prefault(null)
    .describe('The JupyterHub that is told of labs; without it, the hub finds out by polling.'),
  outgoing: outgoing
    .prefault({})
    .describe('Where the controller connects to, apart from Kubernetes and Temporal, and how.'),
  lab: lab
    .superRefine((fields, context) => report(labFindings(fields), context))
    .describe('The labs that users spawn.'),
  images: images.describe('Images that users can run, and how they are kept at hand.'),
  dropdownMenu: dropdownMenu
    .prefault({})
    .describe('Which images the dropdown menu offers; conditions add up.'),
  prune: prune
    .prefault({})
    .describe('Which images `nublado images prune` keeps in the repository; conditions add up.'),
  fileserver: fileserver.prefault({}).describe('File servers of single users.'),
  fsadmin: fsadmin.prefault({}).describe('The pod for file system administration.'),
  supportImage: image
    .optional()
    .describe('Image of the standard init containers, file servers and the administration pod.')
    .meta({ 'x-default': '`NUBLADO_CONTROLLER_*`' }),
  limits: limits.prefault({}).describe('How much one process of the API does at once.'),
  timeouts: timeouts.prefault({}).describe('Limits of single steps that rarely need to change.'),
});

/** The whole configuration file, without the keys that belong to the environment. */
export const configSchema = fields
  .superRefine((config, context) => report(fileFindings(config), context))
  .transform(({ metrics: _metrics, ...config }) => config);

export type FileConfig = z.output<typeof configSchema>;
