import type { V1Pod } from '@kubernetes/client-node';
import { isFinished, type PodObservation } from '../domain/pod';
import { isPrepullPod } from '../objects/reading/labels';
import { observePod } from '../objects/reading/pod';
import { LabSignals } from './lab-signals';
import type { PrepullSender } from './prepull-sender';

export interface PullWatchOptions {
  /** Where the controller's prepull pods are; others are none of its business. */
  readonly namespace: string;
  readonly send: PrepullSender;
  /** Told of every attempt to deliver that failed. */
  readonly onFailure: (error: unknown) => void;
}

/** As much of a pod's state as a pull waits for. */
type Standing = 'fine' | 'trouble' | 'ended';

/** All news goes to one workflow, in order. */
const LANE = 'prepull';

/**
 * What the watch shows of prepull pods, and so what is news for prepulling: that a pod has ended, met trouble or
 * overcome it, or is gone before its end. Everything within a moment is told together.
 */
export class PullWatch {
  private readonly standings = new Map<string, Standing>();
  private readonly signals: LabSignals;

  constructor(private readonly options: PullWatchOptions) {
    this.signals = new LabSignals({
      send: (_lane, { changes }) => options.send({ changes }),
      onFailure: (_lane, error) => options.onFailure(error),
    });
  }

  /** Whether everything has been told. */
  get isIdle(): boolean {
    return this.signals.isIdle;
  }

  /** Takes in a pod that an earlier watch has told of. */
  recall(pod: V1Pod): void {
    if (this.isOurs(pod)) this.note(observePod(pod));
  }

  /** Takes in a pod that exists. */
  see(pod: V1Pod): void {
    if (!this.isOurs(pod)) return;
    const observation = observePod(pod);
    if (this.note(observation)) this.tell({ pod: observation });
  }

  /** Takes in that a pod is gone; this is how it was last. */
  lose(pod: V1Pod): void {
    if (!this.isOurs(pod)) return;
    const { uid, ...rest } = observePod(pod);
    this.forget(uid, this.standings.get(uid) ?? standingOf(rest));
  }

  /** Compares with a complete list: what it does not hold is gone. */
  keep(uids: ReadonlySet<string>): void {
    for (const [uid, standing] of this.standings) if (!uids.has(uid)) this.forget(uid, standing);
  }

  /** Ends telling. */
  close(): void {
    this.signals.close();
  }

  private forget(uid: string, standing: Standing): void {
    this.standings.delete(uid);
    // Whoever waits for a pod removes it after its end.
    if (standing !== 'ended') this.tell({ pod: null, uid });
  }

  private isOurs(pod: V1Pod): boolean {
    return isPrepullPod(pod) && pod.metadata?.namespace === this.options.namespace;
  }

  private note(pod: PodObservation): boolean {
    const standing = standingOf(pod);
    const known = this.standings.get(pod.uid) ?? 'fine';
    this.standings.set(pod.uid, standing);
    return standing !== known;
  }

  private tell(change: Parameters<LabSignals['podChanged']>[1]): void {
    this.signals.podChanged(LANE, change, { isUrgent: false });
  }
}

function standingOf(pod: Pick<PodObservation, 'phase' | 'reason'>): Standing {
  if (isFinished(pod)) return 'ended';
  return pod.reason === null ? 'fine' : 'trouble';
}
