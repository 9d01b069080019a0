import type { V1Pod } from '@kubernetes/client-node';
import type { Logger } from 'pino';
import type { PodEvent, PodObservation } from '../../domain/pod';
import type { PodChange, PodNews } from '../../domain/pod-change';
import { observePod } from '../../objects/reading/pod';
import type { ObservedPodEvent } from '../../objects/reading/pod-event';
import type { Hold } from './checkpoint';
import type { KindSink } from './kinds';
import { type HeldEvent, PodCache } from './pod-cache';
import { SignalQueue } from './signal-queue';

/** Signals a user's workflow. A missing workflow is not an error. */
export type UserPodSender = (username: string, news: PodNews) => Promise<void>;

export interface UserPodOptions {
  /** For logs. */
  readonly category: string;
  /** The user whose pod it is; null for pods to be ignored. */
  readonly usernameOf: (pod: V1Pod) => string | null;
  /** The observation that is sent. */
  readonly observe: (username: string, pod: V1Pod) => PodObservation;
  readonly send: UserPodSender;
  readonly logger: Logger;
}

type Item = { readonly change: PodChange } | { readonly event: PodEvent };

/** Sends each user's workflow the changes of its pod, and the events about the pod while it starts. */
export class UserPodSink implements KindSink {
  private readonly cache = new PodCache();
  private readonly queue: SignalQueue<Item>;

  constructor(private readonly options: UserPodOptions) {
    const { category, logger, send } = options;
    this.queue = new SignalQueue<Item>({
      send: (username, items) =>
        send(username, {
          changes: items.flatMap((item) => ('change' in item ? [item.change] : [])),
          events: items.flatMap((item) => ('event' in item ? [item.event] : [])),
        }),
      onFailure: (user, error) =>
        logger.warn({ user, category, error }, 'workflow could not be told about its pod'),
    });
  }

  recall(pod: V1Pod): void {
    const username = this.options.usernameOf(pod);
    // Events are watched separately from pods, and may have arrived earlier.
    if (username !== null) this.enqueueEvents(username, this.cache.upsert(username, observePod(pod)).events);
  }

  upsert(pod: V1Pod, hold: Hold): void {
    const username = this.options.usernameOf(pod);
    if (username === null) return;
    const observation = observePod(pod);
    const { isChanged, events } = this.cache.upsert(username, observation);
    this.enqueueEvents(username, events);
    if (!isChanged) return;
    const change = { pod: this.options.observe(username, pod) };
    this.queue.enqueue(username, { change }, { isUrgent: isUrgent(observation), onSettled: hold() });
  }

  remove(pod: V1Pod, hold: Hold): void {
    const uid = pod.metadata?.uid ?? '';
    const username = this.options.usernameOf(pod);
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

/**
 * Whether a workflow waits for this state: not for that of a pod that has yet to run, or that is being deleted, of which only
 * the end is urgent.
 */
function isUrgent({ isDeleting, phase }: PodObservation): boolean {
  return !isDeleting && phase !== 'Pending';
}
