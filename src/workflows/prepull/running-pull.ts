import type { CancellationScope } from '@temporalio/workflow';
import type { PullTrouble, WantedPull } from '../../domain/prepull';
import { prepullPodName } from '../../domain/prepull';
import { PodTracker } from '../lifecycle/pod-tracker';
import type { CarriedPull } from './messages';

/** A pull under way: what is known of its pod, and how far it is. */
export class RunningPull {
  /** Nothing but waiting can be carried over a continue-as-new. */
  stage: 'creating' | 'waiting' | 'removing' = 'creating';
  podUid: string | null = null;
  trouble: PullTrouble | null = null;
  /** When the pod was last looked at, or made. */
  seenMs: number;
  /** What an order or the time limit interrupts. */
  scope: CancellationScope | null = null;
  readonly pod = new PodTracker();

  /** `id` marks the pod as this attempt's. */
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

  /** What a continuation needs of it. Only while it waits. */
  carry(): CarriedPull {
    const { pull, id, sinceMs, podUid, trouble } = this;
    return { pull, id, sinceMs, podUid: podUid ?? '', pod: this.pod.latest, trouble };
  }
}
