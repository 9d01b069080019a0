import type { CancellationScope } from '@temporalio/workflow';
import type { PullTrouble, WantedPull } from '../../domain/prepull';
import { prepullPodName } from '../../domain/prepull';
import { PodTracker } from '../lifecycle/object-tracker';
import type { CarriedPull } from './messages';

/** A pull under way: the observations of its pod, and its stage. */
export class RunningPull {
  /** Only stage `waiting` can be carried over a continue-as-new. */
  stage: 'creating' | 'waiting' | 'removing' = 'creating';
  podUid: string | null = null;
  trouble: PullTrouble | null = null;
  /** When the pod was last read or created. */
  seenMs: number;
  /** Cancelled by an order to stop or the timeout. */
  scope: CancellationScope | null = null;
  readonly pod = new PodTracker();

  /** `id` is the pull ID of this attempt, which its pod has as label. */
  constructor(
    readonly pull: WantedPull,
    readonly id: string,
    readonly sinceMs: number,
  ) {
    this.seenMs = sinceMs;
    this.pod.expect(id);
  }

  static carried({ pull, id, sinceMs, podUid, pod, trouble }: CarriedPull, nowMs: number): RunningPull {
    const running = new RunningPull(pull, id, sinceMs);
    running.trouble = trouble;
    running.begin(podUid, nowMs);
    if (pod) running.pod.observeRead(pod);
    return running;
  }

  get podName(): string {
    return prepullPodName(this.pull.tag, this.pull.node);
  }

  /** The pod exists; its end is waited for. */
  begin(podUid: string, nowMs: number): void {
    this.podUid = podUid;
    this.pod.follow(podUid);
    this.stage = 'waiting';
    this.seenMs = nowMs;
  }

  /** The state for a snapshot. Only in stage `waiting`. */
  carry(): CarriedPull {
    const { pull, id, sinceMs, podUid, trouble } = this;
    return { pull, id, sinceMs, podUid: podUid ?? '', pod: this.pod.latest, trouble };
  }
}
