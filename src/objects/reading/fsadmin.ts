import type { KubernetesObject, V1Pod } from '@kubernetes/client-node';
import type { FsadminPod } from '../../domain/fsadmin';
import { CATEGORY_LABEL } from '../labels';
import { instant, listOf, objectOf, text } from './fields';
import { observePod } from './pod';

const objectFields = objectOf({
  metadata: objectOf({
    name: text,
    uid: text,
    labels: objectOf({ [CATEGORY_LABEL]: text }),
    deletionTimestamp: instant,
    finalizers: listOf(text),
  }),
  status: objectOf({ startTime: instant }),
});

/** Whether an object is labelled as one of file system administration; names alone prove nothing. */
export function isFsadmin(object: KubernetesObject): boolean {
  return objectFields(object)?.metadata?.labels?.[CATEGORY_LABEL] === 'fsadmin';
}

/** The name and UID of an object, and what of its deletion is known. */
export function observeFsadminObject(object: KubernetesObject) {
  const { name = '', uid = '', deletionTimestamp, finalizers = [] } = objectFields(object)?.metadata ?? {};
  return { name, uid, isDeleting: deletionTimestamp !== undefined, finalizers };
}

/** Reads of a pod what callers and the workflow need. */
export function observeFsadminPod(pod: V1Pod): FsadminPod {
  const { isDeleting, name, uid } = observeFsadminObject(pod);
  const startTime = objectFields(pod)?.status?.startTime;
  return {
    name,
    uid,
    phase: observePod(pod).phase,
    isDeleting,
    startTime: startTime ? toSecond(startTime) : null,
  };
}

/** RFC 3339 as Kubernetes writes instants. */
function toSecond(instant: Date): string {
  return instant.toISOString().replace(/\.\d+Z$/, 'Z');
}
