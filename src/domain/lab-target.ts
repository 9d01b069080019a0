import type { LabPlace } from './lab-address';

/**
 * A lab's objects by what identifies them, so that a step cannot hit what has got their names since. Steps asked for
 * by earlier versions name only the place.
 */
export interface LabTarget extends LabPlace {
  /** The spawn that the objects are labelled with; null for labs made by other controllers. */
  readonly spawnId?: string | null;
  /** Null as long as it is not known. */
  readonly podUid?: string | null;
  /** Known of namespaces that the workflow has found, not made. Counts more than the spawn. */
  readonly namespaceUid?: string | null;
}

/** What tells an object from another one of its name. */
export interface ObjectIdentity {
  readonly uid: string;
  /** Null for objects of other controllers. */
  readonly spawnId: string | null;
}

/** Whether a pod of the lab's name is the lab's. By name alone only where nothing else is known. */
export function isTargetPod({ podUid, spawnId }: LabTarget, pod: ObjectIdentity): boolean {
  if (spawnId) return pod.spawnId === spawnId;
  return !podUid || pod.uid === podUid;
}

/** The same for a namespace, which must be labelled as the user's besides. */
export function isTargetNamespace({ namespaceUid, spawnId }: LabTarget, namespace: ObjectIdentity): boolean {
  if (namespaceUid) return namespace.uid === namespaceUid;
  return !spawnId || namespace.spawnId === spawnId;
}
