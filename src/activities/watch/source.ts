import type { KubernetesObject } from '@kubernetes/client-node';
import type { Logger } from 'pino';
import type { KubernetesClient } from '../../kubernetes/client';
import type { Change, ListThenWatchOptions } from '../../kubernetes/list-then-watch';
import { classify } from '../../kubernetes/verdict';
import { type Hold, isNumber, isUpTo, Watermark } from './checkpoint';
import type { WatchedCollection } from './kinds';

export interface SourceOptions extends Required<Pick<ListThenWatchOptions, 'backoff' | 'signal'>> {
  readonly kubernetes: Pick<KubernetesClient, 'listThenWatch'>;
  /** Time after which the API server ends a watch, which is then resumed. */
  readonly timeoutSeconds: number;
  readonly logger: Logger;
}

type Where = Pick<WatchedCollection, 'path' | 'labelSelector' | 'fieldSelector'>;

/** Follows one collection and keeps its part of the checkpoint. */
export class Source {
  readonly watermark: Watermark;
  private interrupted = false;

  /** `resumed` is the resource version at which the previous attempt stopped, if any. */
  constructor(
    private readonly collection: WatchedCollection,
    private readonly resumed: string | undefined,
    private readonly options: SourceOptions,
  ) {
    this.watermark = new Watermark(resumed);
  }

  get name(): string {
    return this.collection.name;
  }

  /** Whether the API server has failed to answer since the last change or bookmark. */
  get isInterrupted(): boolean {
    return this.interrupted;
  }

  /**
   * Follows the collection until the signal is aborted.
   *
   * @throws KubernetesError when the API server refuses the collection, and its fallback if it has one.
   */
  async follow(): Promise<void> {
    const { fallback, name } = this.collection;
    try {
      await this.recall();
      await this.followFrom(this.collection, this.resumed);
    } catch (error) {
      const { kind } = classify(error);
      if (!fallback || (kind !== 'forbidden' && kind !== 'notFound')) throw error;
      this.options.logger.info(
        { collection: name, path: fallback.path },
        'not permitted; using the fallback',
      );
      await this.followFrom(fallback, undefined);
    }
  }

  /**
   * Fills the caches of a new attempt that resumes, by a list with the objects that the previous attempt has handled;
   * newer states come from the watch. An object whose version cannot be compared is handled again.
   */
  private async recall(): Promise<void> {
    const { resumed } = this;
    const { recall, handle } = this.collection;
    if (resumed === undefined || !recall) return;
    for (const object of await this.list()) {
      this.guard(object, () => {
        const version = object.metadata?.resourceVersion ?? '';
        if (isUpTo(version, resumed)) recall(object);
        else if (!isNumber(version) || !isNumber(resumed)) {
          this.watermark.advance(resumed, (hold) => handle({ type: 'ADDED', object }, hold));
        }
      });
    }
  }

  private async list(): Promise<readonly KubernetesObject[]> {
    for await (const change of this.changes(this.collection, undefined)) {
      this.interrupted = false;
      if (change.type === 'LISTED') return change.items;
    }
    return [];
  }

  private async followFrom(where: Where, resourceVersion: string | undefined): Promise<void> {
    for await (const change of this.changes(where, resourceVersion)) {
      this.interrupted = false;
      this.watermark.advance(change.resourceVersion, (hold) => this.handle(change, hold));
    }
  }

  private changes(
    { path, labelSelector, fieldSelector }: Where,
    resourceVersion: string | undefined,
  ): AsyncGenerator<Change<KubernetesObject>> {
    const { kubernetes, signal, backoff, timeoutSeconds } = this.options;
    return kubernetes.listThenWatch({
      path,
      query: { labelSelector, fieldSelector, timeoutSeconds },
      isNewOnly: this.collection.isNewOnly,
      resourceVersion,
      signal,
      backoff,
      onRetry: this.reportRetry,
    });
  }

  private handle(change: Change<KubernetesObject>, hold: Hold): void {
    const { handle, retain } = this.collection;
    if (change.type === 'LISTED') {
      const uids = change.items.map(uidOf);
      // A list that has objects without a UID cannot show which objects are gone.
      if (!uids.includes('')) retain?.(new Set(uids), hold);
      for (const object of change.items) this.guard(object, () => handle({ type: 'ADDED', object }, hold));
      return;
    }
    const { type, object } = change;
    if (type !== 'BOOKMARK') this.guard(object, () => handle({ type, object }, hold));
  }

  /** Handles an object; an error is logged and the object skipped, so that the watch of all others goes on. */
  private guard(object: KubernetesObject, handle: () => void): void {
    try {
      if (uidOf(object) === '') throw new Error('it has no UID');
      handle();
    } catch (error) {
      const { namespace, name, uid } = object?.metadata ?? {};
      this.options.logger.warn(
        { err: error, collection: this.name, namespace, name, uid },
        'malformed object skipped',
      );
    }
  }

  private readonly reportRetry = (error: unknown, delayMs: number): void => {
    this.interrupted = true;
    this.options.logger.warn({ error, delayMs, collection: this.name }, 'watch interrupted');
  };
}

/** Objects are unchecked JSON, so anything may be missing. */
function uidOf(object: KubernetesObject | null): string {
  const uid: unknown = object?.metadata?.uid;
  return typeof uid === 'string' ? uid : '';
}
