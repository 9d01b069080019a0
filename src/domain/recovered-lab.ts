import type { LabRecord } from './lab';
import type { PodObservation } from './pod';

/** A lab as its Kubernetes objects tell of it, without anything remembered elsewhere. */
export interface RecoveredLab {
  /** Pending, running, terminated or failed. */
  readonly record: LabRecord;
  readonly pod: PodObservation;
  /** The variables that the lab's address is made with, as `labUrl` takes them. */
  readonly environment: Readonly<Record<string, string>>;
}
