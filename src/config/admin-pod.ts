import * as z from 'zod';
import { affinity, toleration } from './placement';
import { duration } from './quantities';
import { optionalText, resources } from './resources';
import { kubernetesName, textMap } from './scalars';
import { lenientSection } from './section';
import { mount, volume } from './volumes';

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
