import { isFinished, isNewer, type PodObservation } from '../../domain/pod';
import type { PodChange } from '../../domain/pod-change';
import { ObjectTracker } from './object-tracker';

/** The latest observation of one pod. */
export class PodTracker extends ObjectTracker<PodObservation> {
  constructor() {
    super(isNewer);
  }

  /** Whether no container of the pod runs, or ever will again. */
  get hasFinished(): boolean {
    return this.latest !== null && isFinished(this.latest);
  }

  /** Takes in what the watcher has sent. */
  observeChange(change: PodChange): void {
    if (change.pod) this.observe(change.pod);
    else this.observeDeletion(change.uid);
  }
}
