import { CancellationScope } from '@temporalio/workflow';
import type { PullTrouble, WantedPull } from '../../domain/prepull';
import { prepullPodName } from '../../domain/prepull';
import { PodTracker } from '../lifecycle/object-tracker';
import type { CarriedPull } from './messages';

/** Only stage `waiting` can be carried over a continue-as-new. */
type Stage = 'creating' | 'waiting' | 'removing';

/** A pull under way: the observations of its pod, and its stage. */
export class RunningPull {
  readonly pod = new PodTracker();
  private currentStage: Stage = 'creating';
  private createdUid: string | null = null;
  private currentTrouble: PullTrouble | null = null;
  private lastReadMs: number;
  private scope: CancellationScope | null = null;

  /** `id` is the pull ID of this attempt, which its pod has as label. */
  constructor(
    readonly pull: WantedPull,
    readonly id: string,
    readonly sinceMs: number,
  ) {
    this.lastReadMs = sinceMs;
    this.pod.expect(id);
  }

  static carried({ pull, id, sinceMs, podUid, pod, trouble }: CarriedPull, nowMs: number): RunningPull {
    const running = new RunningPull(pull, id, sinceMs);
    running.setTrouble(trouble);
    running.beginWait(podUid, nowMs);
    if (pod) running.pod.observeRead(pod);
    return running;
  }

  get podName(): string {
    return prepullPodName(this.pull.tag, this.pull.node);
  }

  /** The UID of the pod; null until it is created. */
  get podUid(): string | null {
    return this.createdUid;
  }

  /** Whether the pod exists and its end is waited for. */
  get isWaiting(): boolean {
    return this.currentStage === 'waiting';
  }

  /** When the pod was last read or created, in milliseconds of the epoch. */
  get readMs(): number {
    return this.lastReadMs;
  }

  /** What the pull waits for, if it is more than the image. */
  get trouble(): PullTrouble | null {
    return this.currentTrouble;
  }

  setTrouble(trouble: PullTrouble | null): void {
    this.currentTrouble = trouble;
  }

  /** The pod exists; from now on its end is waited for. */
  beginWait(podUid: string, nowMs: number): void {
    this.createdUid = podUid;
    this.pod.follow(podUid);
    this.currentStage = 'waiting';
    this.lastReadMs = nowMs;
  }

  /** Records that the pod is about to be read. */
  beginRead(nowMs: number): void {
    this.lastReadMs = nowMs;
  }

  /** The pull has ended; its pod is to be removed. */
  beginRemoval(): void {
    this.currentStage = 'removing';
  }

  /**
   * Runs the part of the pull that an order to stop, and the timeout, cancel. Its errors go to `onError`, with whether
   * it was cancelled.
   */
  async runCancellable<T>(
    timeoutMs: number,
    part: () => Promise<T>,
    onError: (error: unknown, isCancelled: boolean) => T,
  ): Promise<T> {
    const scope = new CancellationScope({ cancellable: true, timeout: Math.max(1, timeoutMs) });
    this.scope = scope;
    try {
      return await scope.run(part);
    } catch (error) {
      return onError(error, scope.consideredCancelled);
    } finally {
      this.scope = null;
    }
  }

  /** Cancels the cancellable part, if it is under way. */
  cancel(): void {
    this.scope?.cancel();
  }

  /** The state for a snapshot. Only while waiting. */
  carry(): CarriedPull {
    const { pull, id, sinceMs, podUid, trouble } = this;
    return { pull, id, sinceMs, podUid: podUid ?? '', pod: this.pod.latest, trouble };
  }
}
