import * as z from 'zod';
import type { Finding } from './diagnostics';
import { namedByUnit } from './milliseconds';
import { affinity, toleration } from './placement';
import { duration } from './quantities';
import { optionalText, resources } from './resources';
import { filledText, text, textMap } from './scalars';
import { acceptSpellings, IGNORES_UNKNOWN_KEYS, isMapping } from './section';
import { mount } from './volumes';

const pathPrefix = () => text().prefault('/files').describe('Path below which file servers are found.');

const enabledShape = {
  enabled: z.literal(true).describe('Whether users can have file servers.'),
  pathPrefix: pathPrefix(),
  namespace: filledText().describe('Namespace of the file servers, which must exist.'),
  application: optionalText().describe('Argo CD application that shows the objects.'),
  affinity: affinity.describe('Where file servers go.'),
  creationTimeout: duration().prefault('2m').describe('Limit of the whole creation.'),
  deleteTimeout: duration().prefault('1m').describe('Limit of the whole deletion.'),
  idleTimeout: duration().prefault('1h').describe('How long an idle file server lives.'),
  reconcileInterval: duration().prefault('1h').describe('How often state and cluster are compared.'),
  extraAnnotations: textMap().prefault({}).describe('Further annotations of job and pod.'),
  nodeSelector: textMap().prefault({}).describe('Labels of the nodes they may go to.'),
  resources: resources.nullable().prefault(null).describe('Limits and requests of a file server.'),
  tolerations: z.array(toleration).prefault([]).describe('Taints they tolerate.'),
  volumeMounts: z.array(mount).prefault([]).describe('Mounts of volumes of `lab.volumes`.'),
  image: z
    .unknown()
    .optional()
    .describe('Ignored: the support image is used.')
    .meta({ title: '–', deprecated: true }),
};

const disabledShape = {
  enabled: z.literal(false).prefault(false).describe('Whether users can have file servers.'),
  pathPrefix: pathPrefix(),
};

function relevant(value: unknown): unknown {
  if (!isMapping(value)) {
    return value;
  }
  const isEnabled = value.enabled === true;
  const keys = Object.keys(isEnabled ? enabledShape : disabledShape);
  return acceptSpellings(keys, isEnabled ? 'refuse' : 'ignore')({ enabled: false, ...value });
}

const nameDurations = namedByUnit(enabledShape);

/** Per-user file servers; while they are disabled everything but `pathPrefix` is dropped unread. */
export const fileserver = z
  .preprocess(
    relevant,
    z.discriminatedUnion('enabled', [
      z.strictObject(enabledShape),
      z.strictObject(disabledShape).meta(IGNORES_UNKNOWN_KEYS),
    ]),
  )
  .transform((fields) => {
    if (!fields.enabled) return fields;
    const { image: _image, ...used } = fields;
    return nameDurations(used);
  });

/** A warning for installations that ask for file servers, which this version does not serve yet. */
export function unservedFileServers({
  fileserver: { enabled, pathPrefix },
}: {
  readonly fileserver: { readonly enabled: boolean; readonly pathPrefix: string };
}): Finding[] {
  if (!enabled) return [];
  return [
    {
      path: ['fileserver', 'enabled'],
      value: 'true',
      rule: 'no-effect',
      message: `true has no effect yet: this version has no file servers, and ${pathPrefix} answers 404`,
      remedy: 'Leave it for a later version, or set it to false; users reach their files through their labs.',
    },
  ];
}
