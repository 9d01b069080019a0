import type { KubernetesObject, V1Pod } from '@kubernetes/client-node';
import { Context } from '@temporalio/activity';
import type { Logger } from 'pino';
import type { KubernetesClient } from '../kubernetes/client';
import type { Change } from '../kubernetes/list-then-watch';
import { classify } from '../kubernetes/verdict';
import { WATCHED_SELECTOR } from '../objects/labels';
import { podOwner } from '../objects/reading/labels';
import { observePod } from '../objects/reading/pod';
import { observePodEvent } from '../objects/reading/pod-event';
import type { LabObserver } from './lab-observer';
import { type LabSender, LabSignals } from './lab-signals';
import { PodBook } from './pod-book';
import type { PrepullSender } from './prepull-sender';
import { PullWatch } from './pull-watch';

export interface WatchDependencies {
  readonly kubernetes: KubernetesClient;
  readonly observer: Pick<LabObserver, 'observe'>;
  readonly send: LabSender;
  readonly sendPulls: PrepullSender;
  /** The controller's own namespace, where prepull pods are. */
  readonly namespace: string;
  /** The first pause after a failed watch; each further one is twice as long, up to five times the first. */
  readonly errorDelayMs: number;
  /** After which a watch is ended and begun again from where it was, however well it works. */
  readonly reconnectMs: number;
  readonly logger: Logger;
}

/** Where the next attempt resumes: nothing before these versions is still to be told. */
interface Checkpoint {
  pods?: string;
  events?: string;
}

const HEARTBEAT_MS = 3_000;

/** However it is configured, a watch that fails at once must not keep the API server busy. */
const MIN_ERROR_DELAY_MS = 100;

const EVENT_COLLECTIONS = [
  { path: '/apis/events.k8s.io/v1/events', fieldSelector: 'regarding.kind=Pod' },
  // Roles of older installations lack the new group.
  { path: '/api/v1/events', fieldSelector: 'involvedObject.kind=Pod' },
] as const;

export type WatchActivities = ReturnType<typeof createWatchActivities>;

/** The watcher's one activity. */
export function createWatchActivities(dependencies: WatchDependencies) {
  return {
    /**
     * Follows the pods of all labs, the events about them, and the pods that pull images, and signals their
     * workflows. Never returns; its heartbeat carries where a successor has to resume.
     */
    async watchLabs(): Promise<void> {
      const context = Context.current();
      const stop = new AbortController();
      const signal = AbortSignal.any([context.cancellationSignal, stop.signal]);
      const watch = new LabWatch(dependencies, (context.info.heartbeatDetails ?? {}) as Checkpoint, signal);
      const heartbeat = setInterval(() => context.heartbeat(watch.checkpoint()), HEARTBEAT_MS);
      try {
        await Promise.all([watch.pods(), watch.events()]);
      } finally {
        clearInterval(heartbeat);
        stop.abort();
        watch.close();
      }
    },
  };
}

/** The two watches of one attempt and what they share. */
class LabWatch {
  private readonly book = new PodBook();
  private readonly signals: LabSignals;
  private readonly pulls: PullWatch;
  private readonly backoff: { readonly minMs: number; readonly maxMs: number };
  private readonly timeoutSeconds: number;
  private readonly seen: Checkpoint = {};
  private settled: Checkpoint;

  constructor(
    private readonly dependencies: WatchDependencies,
    private readonly resumed: Checkpoint,
    private readonly signal: AbortSignal,
  ) {
    const { send, sendPulls, namespace, logger, errorDelayMs, reconnectMs } = dependencies;
    this.settled = resumed;
    // The API server takes whole seconds, and 0 for a limit of its own.
    this.timeoutSeconds = Math.max(1, Math.ceil(reconnectMs / 1000));
    const minMs = Math.max(MIN_ERROR_DELAY_MS, errorDelayMs);
    this.backoff = { minMs, maxMs: 5 * minMs };
    this.signals = new LabSignals({
      send,
      onFailure: (user, error) => logger.warn({ user, error }, 'lab could not be told about its pod'),
    });
    this.pulls = new PullWatch({
      namespace,
      send: sendPulls,
      onFailure: (error) => logger.warn({ error }, 'prepulling could not be told about its pods'),
    });
  }

  /** Ends telling. */
  close(): void {
    this.signals.close();
    this.pulls.close();
  }

  /** The versions up to which everything seen has been told. */
  checkpoint(): Checkpoint {
    if (this.signals.isIdle && this.pulls.isIdle) this.settled = { ...this.settled, ...this.seen };
    return this.settled;
  }

  /**
   * Follows the pods. The book of a new attempt is empty, so it lists first; where its predecessor left a
   * checkpoint, it watches on from there, which tells also what was deleted in between.
   */
  async pods(): Promise<void> {
    const { kubernetes } = this.dependencies;
    const query = { labelSelector: WATCHED_SELECTOR, timeoutSeconds: this.timeoutSeconds };
    if (this.resumed.pods) await this.recallPods(this.resumed.pods);
    const changes = kubernetes.listThenWatch<V1Pod>({
      path: '/api/v1/pods',
      query,
      resourceVersion: this.resumed.pods,
      signal: this.signal,
      backoff: this.backoff,
      onRetry: this.reportRetry,
    });
    for await (const change of changes) {
      this.takePods(change);
      this.seen.pods = change.resourceVersion;
    }
  }

  /** Follows the events about pods. */
  async events(): Promise<void> {
    const [preferred, fallback] = EVENT_COLLECTIONS;
    try {
      await this.followEvents(preferred, this.resumed.events);
    } catch (error) {
      const { kind } = classify(error);
      if (kind !== 'forbidden' && kind !== 'notFound') throw error;
      this.dependencies.logger.info('events.k8s.io is not permitted; using core events');
      await this.followEvents(fallback, undefined);
    }
  }

  private async followEvents(
    { path, fieldSelector }: (typeof EVENT_COLLECTIONS)[number],
    resourceVersion: string | undefined,
  ): Promise<void> {
    const { kubernetes } = this.dependencies;
    const { signal, backoff, timeoutSeconds, reportRetry: onRetry } = this;
    const options = {
      path,
      query: { fieldSelector, timeoutSeconds },
      resourceVersion,
      signal,
      backoff,
      onRetry,
    };
    for await (const change of kubernetes.listThenWatch<KubernetesObject>(options)) {
      const objects =
        change.type === 'LISTED' ? change.items : change.type === 'BOOKMARK' ? [] : [change.object];
      if (change.type !== 'DELETED') for (const object of objects) this.takeEvent(object);
      this.seen.events = change.resourceVersion;
    }
  }

  /** Fills the book with what the predecessor has told. Newer states are left for the watch to tell. */
  private async recallPods(checkpoint: string): Promise<void> {
    const { kubernetes } = this.dependencies;
    const { items } = await kubernetes.core.listPodForAllNamespaces({ labelSelector: WATCHED_SELECTOR });
    for (const pod of items) {
      const username = podOwner(pod);
      const observation = observePod(pod);
      const isTold = BigInt(observation.resourceVersion) <= BigInt(checkpoint);
      if (username !== null && isTold) this.book.see(username, observation);
      else if (isTold) this.pulls.recall(pod);
    }
  }

  private takePods(change: Change<V1Pod>): void {
    switch (change.type) {
      case 'LISTED': {
        const uids = new Set(change.items.map((pod) => pod.metadata?.uid ?? ''));
        for (const { username, uid } of this.book.missingFrom(uids)) this.tellGone(username, uid);
        this.pulls.keep(uids);
        for (const pod of change.items) this.takePod(pod);
        break;
      }
      case 'ADDED':
      case 'MODIFIED':
        this.takePod(change.object);
        break;
      case 'DELETED':
        this.book.lose(change.object.metadata?.uid ?? '');
        this.pulls.lose(change.object);
        this.tellGone(podOwner(change.object), change.object.metadata?.uid ?? '');
        break;
      case 'BOOKMARK':
        break;
    }
  }

  private takePod(pod: V1Pod): void {
    const username = podOwner(pod);
    if (username === null) return this.pulls.see(pod);
    const observation = observePod(pod);
    const { isNews, events } = this.book.see(username, observation);
    for (const event of events) this.signals.podEvent(username, event);
    // A pod on its way out is only waited for; whoever began its deletion wants to know when it is gone.
    const isUrgent = !observation.isDeleting;
    if (!isNews) return;
    const told = this.dependencies.observer.observe(username, pod);
    this.signals.podChanged(username, { pod: told }, { isUrgent });
  }

  private takeEvent(object: KubernetesObject): void {
    const observed = observePodEvent(object);
    const heard = observed && this.book.hear(observed);
    if (heard) this.signals.podEvent(heard.username, heard.event);
  }

  private tellGone(username: string | null, uid: string): void {
    if (username !== null) this.signals.podChanged(username, { pod: null, uid }, { isUrgent: true });
  }

  private readonly reportRetry = (error: unknown, delayMs: number): void => {
    this.dependencies.logger.warn({ error, delayMs }, 'watch interrupted');
  };
}
