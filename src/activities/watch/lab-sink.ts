import type { V1Pod } from '@kubernetes/client-node';
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { labWorkflowId } from '../../domain/lab-key';
import type { PodEvent } from '../../domain/pod';
import type { PodChange } from '../../domain/pod-change';
import { podUsername } from '../../objects/reading/labels';
import { observePod } from '../../objects/reading/pod';
import type { ObservedPodEvent } from '../../objects/reading/pod-event';
import { signalIfOpen } from '../../temporal/calls';
import { type PodNews, podNews } from '../../workflows/lab/messages';
import type { LabObserver } from '../lab-observer';
import type { Hold } from './checkpoint';
import type { KindSink, WatchedKind } from './kinds';
import { type HeldEvent, PodCache } from './pod-cache';
import { SignalQueue } from './signal-queue';

/** Signals a lab's workflow. A missing workflow is not an error. */
export type LabSender = (username: string, news: PodNews) => Promise<void>;

/** Signals through a Temporal client. A pod may exist for a moment after its lab's workflow, or belong to none. */
export function createLabSender(client: Client): LabSender {
  return (username, news) => signalIfOpen(client, labWorkflowId(username), podNews, news);
}

export interface LabKindOptions {
  readonly observer: Pick<LabObserver, 'observe'>;
  readonly send: LabSender;
  readonly logger: Logger;
}

/** Labs: each workflow gets the changes of its pod, and the events about the pod while it starts. */
export function labKind(options: LabKindOptions): WatchedKind {
  return { category: 'lab', openSink: () => new LabSink(options) };
}

type Item = { readonly change: PodChange } | { readonly event: PodEvent };

class LabSink implements KindSink {
  private readonly cache = new PodCache();
  private readonly queue: SignalQueue<Item>;

  constructor(private readonly options: LabKindOptions) {
    const { send, logger } = options;
    this.queue = new SignalQueue<Item>({
      send: (username, items) =>
        send(username, {
          changes: items.flatMap((item) => ('change' in item ? [item.change] : [])),
          events: items.flatMap((item) => ('event' in item ? [item.event] : [])),
        }),
      onFailure: (user, error) => logger.warn({ user, error }, 'lab could not be told about its pod'),
    });
  }

  recall(pod: V1Pod): void {
    const username = podUsername(pod);
    // Events are watched separately from pods, and may have arrived earlier.
    if (username !== null) this.enqueueEvents(username, this.cache.upsert(username, observePod(pod)).events);
  }

  upsert(pod: V1Pod, hold: Hold): void {
    const username = podUsername(pod);
    if (username === null) return;
    const observation = observePod(pod);
    const { isChanged, events } = this.cache.upsert(username, observation);
    this.enqueueEvents(username, events);
    if (!isChanged) return;
    const change = { pod: this.options.observer.observe(username, pod) };
    // Of a pod that is being deleted only its end is urgent: the deletion waits for that.
    const isUrgent = !observation.isDeleting;
    this.queue.enqueue(username, { change }, { isUrgent, onSettled: hold() });
  }

  remove(pod: V1Pod, hold: Hold): void {
    const uid = pod.metadata?.uid ?? '';
    const username = podUsername(pod);
    this.cache.remove(uid);
    if (username !== null) this.enqueueGone(username, uid, hold);
  }

  retain(uids: ReadonlySet<string>, hold: Hold): void {
    for (const { username, uid } of this.cache.retain(uids)) this.enqueueGone(username, uid, hold);
  }

  recordEvent(observed: ObservedPodEvent, hold: Hold): void {
    const accepted = this.cache.recordEvent(observed, hold);
    if (!accepted) return;
    const { username, event } = accepted;
    this.queue.enqueue(username, { event }, { isUrgent: false, onSettled: hold() });
  }

  releaseStale(): void {
    this.cache.releaseStale();
  }

  close(): void {
    this.queue.close();
  }

  private enqueueEvents(username: string, events: readonly HeldEvent[]): void {
    for (const { event, release } of events) {
      this.queue.enqueue(username, { event }, { isUrgent: false, onSettled: release });
    }
  }

  private enqueueGone(username: string, uid: string, hold: Hold): void {
    this.queue.enqueue(username, { change: { pod: null, uid } }, { isUrgent: true, onSettled: hold() });
  }
}
