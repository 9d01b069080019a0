import type { PodObservation } from '../../domain/pod';
import { PodTracker } from '../lifecycle/pod-tracker';

/** The pod of a lab, and since when its node is lost. */
export class LabPod extends PodTracker {
  private lostSinceMs: number | null = null;

  /** Since when the pod's node cannot be reached, in milliseconds of the epoch; null while it can. */
  get nodeLostSinceMs(): number | null {
    return this.lostSinceMs;
  }

  override expect(spawnId: string): void {
    super.expect(spawnId);
    this.lostSinceMs = null;
  }

  protected override onChange({ lostNode }: PodObservation): void {
    this.lostSinceMs = lostNode === undefined ? null : (this.lostSinceMs ?? Date.now());
  }
}
