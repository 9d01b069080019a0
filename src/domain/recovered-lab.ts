import type { LabRecord } from './lab';
import type { PodObservation } from './pod';
import { addressOf } from './pod-address';

/** A lab as its Kubernetes objects tell of it, without anything remembered elsewhere. */
export interface RecoveredLab {
  /** Pending, running, terminated or failed. */
  readonly record: LabRecord;
  readonly pod: PodObservation;
  /** The variables that the lab's address is made with, as `labUrl` takes them. */
  readonly environment: Readonly<Record<string, string>>;
  /** UID of the lab's namespace; absent in adoptions by earlier versions. */
  readonly namespaceUid?: string;
}

/** A recovered lab with an observation of its pod that proves its address. */
export function withProvenAddress({ record, environment }: RecoveredLab, pod: PodObservation): RecoveredLab {
  const address = record.internalUrl === null ? null : addressOf(pod);
  return { record: address ? { ...record, address } : record, pod, environment };
}
