import * as z from 'zod';
import { fsadmin } from './admin-pod';
import { auth } from './auth';
import { dropdownMenu } from './dropdown-menu';
import { fileserver } from './file-server';
import { images } from './images';
import { lab } from './lab';
import { duplicateVolumes, unknownVolumes, type Violation } from './lab-rules';
import { duration } from './quantities';
import { image } from './resources';
import { absolutePath, oneOf, scalar, text } from './scalars';
import { inMs, section } from './section';
import { timeouts } from './timeouts';

const LOG_LEVELS = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'] as const;

const logLevel = scalar(`one of ${LOG_LEVELS.join(', ')}`, (value) =>
  typeof value === 'string' ? LOG_LEVELS.find((level) => level === value.toUpperCase()) : undefined,
);

const fields = section({
  logLevel: logLevel.default('INFO'),
  logProfile: oneOf(['production', 'development']).default('production'),
  name: text().default('Nublado'),
  pathPrefix: text().default('/nublado'),
  metadataPath: absolutePath().default('/etc/podinfo'),
  metrics: z.record(z.string(), z.unknown()).optional(),
  watchReconnectTimeout: duration().default(180_000),
  lab,
  images,
  fsadmin: fsadmin.prefault({}),
  fileserver: fileserver.prefault({}),
  dropdownMenu: dropdownMenu.prefault({}),
  supportImage: image.optional(),
  timeouts: timeouts.prefault({}),
  auth: auth.prefault({}),
});

function violations({ lab, fileserver, fsadmin }: z.output<typeof fields>): Violation[] {
  const adminVolumes = [...lab.volumes, ...fsadmin.extraVolumes];
  return [
    ...(fileserver.enabled
      ? unknownVolumes(
          fileserver.volumeMounts,
          lab.volumes,
          ['fileserver', 'volumeMounts'],
          ' in file servers',
        )
      : []),
    ...duplicateVolumes(adminVolumes, ['fsadmin', 'extraVolumes']).map(({ path, message }) => ({
      path: path.map((key) => (typeof key === 'number' ? key - lab.volumes.length : key)),
      message,
    })),
    ...unknownVolumes(
      fsadmin.extraVolumeMounts,
      adminVolumes,
      ['fsadmin', 'extraVolumeMounts'],
      ' in fsadmin',
    ),
  ];
}

/** The whole configuration file, without the keys that belong to the environment. */
export const configSchema = fields
  .superRefine((config, context) => {
    for (const { path, message } of violations(config)) {
      context.addIssue({ code: 'custom', path: [...path], message });
    }
  })
  .transform(inMs('watchReconnectTimeout'))
  .transform(({ metrics: _metrics, ...config }) => config);

export type FileConfig = z.output<typeof configSchema>;
