import type { V1ObjectMeta } from '@kubernetes/client-node';
import type { ObjectIdentity } from '../../domain/lab-address';
import { type LabKey, labOfMetadata, USER_LABEL } from '../../domain/lab-key';
import { CATEGORY_LABEL, SPAWN_ID_LABEL } from '../labels';
import { objectOf, text } from './fields';

/** An object of the cluster. Its type is what it should be; all that is read of it is checked. */
interface Labelled {
  readonly metadata?: V1ObjectMeta;
}

const labelled = objectOf({
  metadata: objectOf({
    uid: text,
    labels: objectOf({ [CATEGORY_LABEL]: text, [SPAWN_ID_LABEL]: text, [USER_LABEL]: text }),
    annotations: objectOf({ [USER_LABEL]: text }),
  }),
});

const metadataOf = (object: Labelled) => labelled(object)?.metadata ?? {};

/** The lab that an object is labelled with, or null. */
export function userOf(object: Labelled): LabKey | null {
  return labOfMetadata(metadataOf(object));
}

/** The lab whose pod this is, or null for any other pod. */
export function podUsername(pod: Labelled): LabKey | null {
  const metadata = metadataOf(pod);
  return metadata.labels?.[CATEGORY_LABEL] === 'lab' ? labOfMetadata(metadata) : null;
}

/** Whether an object is labelled as part of this lab; names alone prove nothing. */
export function isLabOf(object: Labelled, lab: LabKey): boolean {
  return podUsername(object) === lab;
}

/** The user whose file server an object belongs to, or null for an object of anything else. */
export function fileServerUsername(object: Labelled): string | null {
  const metadata = metadataOf(object);
  return metadata.labels?.[CATEGORY_LABEL] === 'fileserver' ? labOfMetadata(metadata) : null;
}

/** Whether a pod pulls an image. */
export function isPrepullPod(pod: Labelled): boolean {
  return metadataOf(pod).labels?.[CATEGORY_LABEL] === 'prepuller';
}

/** The spawn that made an object, or null for objects of other controllers. */
export function spawnIdOf(object: Labelled): string | null {
  return metadataOf(object).labels?.[SPAWN_ID_LABEL] ?? null;
}

/** What tells an object from another one of its name. */
export function identityOf(object: Labelled): ObjectIdentity {
  return { uid: metadataOf(object).uid ?? '', spawnId: spawnIdOf(object) };
}
