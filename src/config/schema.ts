import * as z from 'zod';
import { fsadmin } from './admin-pod';
import { auth } from './auth';
import type { Finding } from './diagnostics';
import { dropdownMenu } from './dropdown-menu';
import { fileserver } from './file-server';
import { hub } from './hub';
import { tooSmallIds } from './identity-rules';
import { images } from './images';
import { lab } from './lab';
import { limits } from './limits';
import { configuredMounts } from './mounts';
import { outgoing, plainHttpFinding } from './outgoing';
import { report } from './problems';
import { prune } from './prune';
import { limit } from './quantities';
import { image } from './resources';
import { absolutePath, oneOf, scalar, text } from './scalars';
import { section } from './section';
import { timeouts } from './timeouts';
import { collidingMounts, duplicateVolumes, unknownVolumes } from './volume-rules';

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
  lab: lab.describe('The labs that users spawn.'),
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

function mountFindings({ lab, fileserver, fsadmin }: z.output<typeof fields>): Finding[] {
  const adminVolumes = [...lab.volumes, ...fsadmin.extraVolumes];
  const extraMounts = ['fsadmin', 'extraVolumeMounts'];
  const serverMounts = ['fileserver', 'volumeMounts'];
  return [
    ...(fileserver.enabled
      ? [
          ...unknownVolumes(fileserver.volumeMounts, lab.volumes, serverMounts, ' in file servers'),
          ...collidingMounts(configuredMounts(fileserver.volumeMounts, serverMounts)),
        ]
      : []),
    ...duplicateVolumes(adminVolumes, ['fsadmin', 'extraVolumes']).map(({ path, ...finding }) => ({
      ...finding,
      path: path.map((key) => (typeof key === 'number' ? key - lab.volumes.length : key)),
    })),
    ...unknownVolumes(fsadmin.extraVolumeMounts, adminVolumes, extraMounts, ' in fsadmin'),
    ...collidingMounts([
      ...configuredMounts(lab.volumeMounts, ['lab', 'volumeMounts']),
      ...configuredMounts(fsadmin.extraVolumeMounts, extraMounts),
    ]).filter(({ path }) => path[0] === 'fsadmin'),
  ];
}

function plainHttpFindings({ auth, hub, images, outgoing }: z.output<typeof fields>): Finding[] {
  const { plainHttpHosts } = outgoing;
  const { source } = images;
  const endpoint = source.type === 'google' ? source.apiEndpoint : null;
  return [
    ...plainHttpFinding(auth.type === 'jupyterhub' ? auth.apiUrl : null, plainHttpHosts, ['auth', 'apiUrl']),
    ...plainHttpFinding(hub?.apiUrl ?? null, plainHttpHosts, ['hub', 'apiUrl']),
    ...plainHttpFinding(endpoint, plainHttpHosts, ['images', 'source', 'apiEndpoint']),
  ];
}

/** The whole configuration file, without the keys that belong to the environment. */
export const configSchema = fields
  .superRefine((config, context) => {
    const ids = tooSmallIds(config.auth, config.lab.minimumId);
    report([...mountFindings(config), ...plainHttpFindings(config), ...ids], context);
  })
  .transform(({ metrics: _metrics, ...config }) => config);

export type FileConfig = z.output<typeof configSchema>;
