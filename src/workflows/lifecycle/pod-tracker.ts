import { isFinished, isNewer, type PodObservation } from '../../domain/pod';
import type { PodChange } from '../../domain/pod-change';
import { ObjectTracker } from './object-tracker';

/** The latest observation of one pod. */
export class PodTracker extends ObjectTracker<PodObservation> {
  constructor() {
    super(isNewer);
  }

  /** Whether all containers of the pod have ended and none will be restarted. */
  get hasFinished(): boolean {
    return this.latest !== null && isFinished(this.latest);
  }

  /** Processes a change from the watcher. */
  observeChange(change: PodChange): void {
    if (change.pod) this.observe(change.pod);
    else this.observeDeletion(change.uid);
  }
}
