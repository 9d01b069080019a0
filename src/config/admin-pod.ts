import * as z from 'zod';
import { affinity, toleration } from './placement';
import { duration } from './quantities';
import { optionalText, resources } from './resources';
import { kubernetesName, textMap } from './scalars';
import { inMs, lenientSection } from './section';
import { mount, volume } from './volumes';

const shape = {
  podName: kubernetesName().default('fsadmin'),
  timeout: duration().default(120_000),
  mountPrefix: optionalText(),
  extraVolumes: z.array(volume).default([]),
  extraVolumeMounts: z.array(mount).default([]),
  affinity,
  nodeSelector: textMap().default({}),
  tolerations: z.array(toleration).default([]),
  extraAnnotations: textMap().default({}),
  resources: resources.nullable().default(null),
};

/** The keys of `fsadmin` that count. */
export const FSADMIN_KEYS: readonly string[] = Object.keys(shape);

/** The pod for file system administration; unknown keys, which deployed files carry, are dropped. */
export const fsadmin = lenientSection(shape).transform(inMs('timeout'));
