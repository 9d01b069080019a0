import type { V1Pod } from '@kubernetes/client-node';
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { isFinished, type PodObservation } from '../../domain/pod';
import type { PodChange } from '../../domain/pod-change';
import { observePod } from '../../objects/reading/pod';
import { signalIfOpen } from '../../temporal/calls';
import { PREPULL_WORKFLOW_ID } from '../../workflow-clients/names';
import { type PullNews, podNews } from '../../workflows/prepull/messages';
import type { Hold } from './checkpoint';
import type { KindSink, WatchedKind } from './kinds';
import { SignalQueue } from './signal-queue';

/** Signals the workflow of prepulling. A missing workflow is not an error. */
export type PrepullSender = (news: PullNews) => Promise<void>;

/** Signals through a Temporal client. A pod may be left over from a terminated workflow. */
export function createPrepullSender(client: Client): PrepullSender {
  return (news) => signalIfOpen(client, PREPULL_WORKFLOW_ID, podNews, news);
}

export interface PrepullKindOptions {
  /** Where the controller's prepull pods are; pods elsewhere are ignored. */
  readonly namespace: string;
  readonly send: PrepullSender;
  readonly logger: Logger;
}

/**
 * Prepulling: its workflow gets a signal when a pod has ended, has got or lost an obstacle, or is gone before its end.
 */
export function prepullKind(options: PrepullKindOptions): WatchedKind {
  return { category: 'prepuller', openSink: () => new PrepullSink(options) };
}

/** The states of a pod that a pull distinguishes. */
type PullState = 'fine' | 'trouble' | 'ended';

class PrepullSink implements KindSink {
  /** By the pod's UID. */
  private readonly states = new Map<string, PullState>();
  private readonly queue: SignalQueue<PodChange>;

  constructor(private readonly options: PrepullKindOptions) {
    const { send, logger } = options;
    this.queue = new SignalQueue<PodChange>({
      send: (_workflowId, changes) => send({ changes }),
      onFailure: (_workflowId, error) =>
        logger.warn({ error }, 'prepulling could not be told about its pods'),
    });
  }

  recall(pod: V1Pod): void {
    if (this.isOurs(pod)) this.record(observePod(pod));
  }

  upsert(pod: V1Pod, hold: Hold): void {
    if (!this.isOurs(pod)) return;
    const observation = observePod(pod);
    if (this.record(observation)) this.enqueue({ pod: observation }, hold);
  }

  remove(pod: V1Pod, hold: Hold): void {
    if (!this.isOurs(pod)) return;
    const observation = observePod(pod);
    this.removeFrom(this.states.get(observation.uid) ?? stateOf(observation), observation.uid, hold);
  }

  retain(uids: ReadonlySet<string>, hold: Hold): void {
    for (const [uid, state] of this.states) if (!uids.has(uid)) this.removeFrom(state, uid, hold);
  }

  close(): void {
    this.queue.close();
  }

  private removeFrom(state: PullState, uid: string, hold: Hold): void {
    this.states.delete(uid);
    // The workflow itself deletes a pod after its end.
    if (state !== 'ended') this.enqueue({ pod: null, uid }, hold);
  }

  private isOurs(pod: V1Pod): boolean {
    return pod.metadata?.namespace === this.options.namespace;
  }

  /** Records a pod's state; returns whether it has changed. */
  private record(pod: PodObservation): boolean {
    const state = stateOf(pod);
    const known = this.states.get(pod.uid) ?? 'fine';
    this.states.set(pod.uid, state);
    return state !== known;
  }

  private enqueue(change: PodChange, hold: Hold): void {
    this.queue.enqueue(PREPULL_WORKFLOW_ID, change, { isUrgent: false, onSettled: hold() });
  }
}

function stateOf(pod: Pick<PodObservation, 'phase' | 'reason'>): PullState {
  if (isFinished(pod)) return 'ended';
  return pod.reason === null ? 'fine' : 'trouble';
}
