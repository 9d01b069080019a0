import * as z from 'zod';
import { affinity, toleration } from './placement';
import { duration } from './quantities';
import { optionalText, resources } from './resources';
import { routing } from './routing';
import { filledText, kubernetesName, text, textMap } from './scalars';
import { acceptSpellings, IGNORES_UNKNOWN_KEYS, isMapping, lenientSection, namedByUnit } from './section';
import { mount, volume } from './volumes';

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
  ingress: routing.describe('How requests reach a file server, and who authenticates its user.'),
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

/** The pod for file system administration; unknown keys, which deployed files carry, are dropped. */
export const fsadmin = lenientSection({
  podName: kubernetesName().prefault('fsadmin').describe('Name of the pod.'),
  timeout: duration().prefault('2m').describe('Limit of its creation, and of its deletion.'),
  mountPrefix: optionalText().describe('Path put before every mount path.'),
  extraVolumes: z.array(volume).prefault([]).describe('Volumes besides `lab.volumes`.'),
  extraVolumeMounts: z.array(mount).prefault([]).describe('Mounts besides `lab.volumeMounts`.'),
  affinity: affinity.describe('Where the pod goes.'),
  nodeSelector: textMap().prefault({}).describe('Labels of the nodes it may go to.'),
  tolerations: z.array(toleration).prefault([]).describe('Taints it tolerates.'),
  extraAnnotations: textMap().prefault({}).describe('Further annotations of the pod.'),
  resources: resources.nullable().prefault(null).describe('Its limits and requests.'),
});
