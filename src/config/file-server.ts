import * as z from 'zod';
import { affinity, toleration } from './placement';
import { duration } from './quantities';
import { optionalText, resources } from './resources';
import { filledText, text, textMap } from './scalars';
import { acceptSpellings, inMs, isMapping } from './section';
import { mount } from './volumes';

const enabledShape = {
  enabled: z.literal(true),
  pathPrefix: text().default('/files'),
  namespace: filledText(),
  application: optionalText(),
  affinity,
  creationTimeout: duration().default(120_000),
  deleteTimeout: duration().default(60_000),
  idleTimeout: duration().default(3_600_000),
  reconcileInterval: duration().default(3_600_000),
  extraAnnotations: textMap().default({}),
  nodeSelector: textMap().default({}),
  resources: resources.nullable().default(null),
  tolerations: z.array(toleration).default([]),
  volumeMounts: z.array(mount).default([]),
};

const disabledShape = { enabled: z.literal(false), pathPrefix: text().default('/files') };

/** Whether a raw `fileserver` section switches file servers on. */
export const isFileServerEnabled = (value: unknown): boolean => isMapping(value) && value.enabled === true;

/** The keys of a `fileserver` section that count; `image` was one in earlier releases and is dropped. */
export function fileServerKeys(value: unknown): string[] {
  return Object.keys(isFileServerEnabled(value) ? enabledShape : disabledShape);
}

function relevant(value: unknown): unknown {
  if (!isMapping(value)) {
    return value;
  }
  const { image: _image, ...rest } = value;
  const unknownKeys = isFileServerEnabled(value) ? 'refuse' : 'ignore';
  return acceptSpellings(fileServerKeys(value), unknownKeys)({ enabled: false, ...rest });
}

const nameDurations = inMs('creationTimeout', 'deleteTimeout', 'idleTimeout', 'reconcileInterval');

/** Per-user file servers; while they are disabled everything but `pathPrefix` is dropped unread. */
export const fileserver = z
  .preprocess(
    relevant,
    z.discriminatedUnion('enabled', [z.strictObject(enabledShape), z.strictObject(disabledShape)]),
  )
  .transform((fields) => (fields.enabled ? nameDurations(fields) : fields));
