import { Context } from '@temporalio/activity';
import type { Logger } from 'pino';
import type { KubernetesClient } from '../../kubernetes/client';
import { type Checkpoint, checkpointDetails, readCheckpoint } from './checkpoint';
import { type SinksByCategory, type WatchedKind, watchedPodEvents, watchedPods } from './kinds';
import { Source } from './source';

export interface WatchDependencies {
  readonly kubernetes: Pick<KubernetesClient, 'listThenWatch'>;
  /** The kinds of pods to watch, each with its own category. */
  readonly kinds: readonly WatchedKind[];
  /** Delay after a failed watch; doubled with each further failure, up to five times the first. */
  readonly errorDelayMs: number;
  /** Time after which every watch is ended and resumed, also one that works. */
  readonly reconnectMs: number;
  readonly logger: Logger;
}

/** Four within the heartbeat timeout; as long as the worker throttles heartbeats. */
const HEARTBEAT_MS = 500;

/** Lower bound of the configured delay, so that a watch that fails at once does not load the API server. */
const MIN_ERROR_DELAY_MS = 100;

export type WatchActivities = ReturnType<typeof createWatchActivities>;

/** The watcher's one activity. */
export function createWatchActivities(dependencies: WatchDependencies) {
  return {
    /**
     * Follows the pods of all kinds and the events about them, and signals their workflows. Never returns; its
     * heartbeat carries the checkpoint at which a successor resumes.
     */
    async watchLabs(): Promise<void> {
      const context = Context.current();
      const stop = new AbortController();
      const signal = AbortSignal.any([context.cancellationSignal, stop.signal]);
      const watch = new Watch(dependencies, readCheckpoint(context.info.heartbeatDetails), signal);
      const heartbeat = setInterval(() => {
        try {
          context.heartbeat(checkpointDetails(watch.checkpoint()));
        } catch (error) {
          // An error thrown in a timer would end the process. Without heartbeats, Temporal starts another attempt.
          dependencies.logger.error({ err: error }, 'no checkpoint could be taken');
        }
      }, HEARTBEAT_MS);
      try {
        await watch.run();
      } finally {
        clearInterval(heartbeat);
        stop.abort();
        watch.close();
      }
    },
  };
}

/** One attempt of the watch. */
export class Watch {
  private readonly sinks: SinksByCategory;
  private readonly sources: readonly Source[];
  private takenAt: string | null;

  constructor(
    dependencies: WatchDependencies,
    private readonly resumed: Checkpoint,
    signal: AbortSignal,
  ) {
    const { kubernetes, kinds, logger, errorDelayMs, reconnectMs } = dependencies;
    const minMs = Math.max(MIN_ERROR_DELAY_MS, errorDelayMs);
    const options = {
      kubernetes,
      signal,
      backoff: { minMs, maxMs: 5 * minMs },
      // The API server accepts whole seconds, and reads 0 as its own default.
      timeoutSeconds: Math.max(1, Math.ceil(reconnectMs / 1000)),
      logger,
    };
    this.takenAt = resumed.takenAt;
    this.sinks = new Map(kinds.map((kind) => [kind.category, kind.openSink()]));
    const collections = [...this.sinks.values()].flatMap((sink) => sink.collections ?? []);
    this.sources = [watchedPods(this.sinks), watchedPodEvents(this.sinks), ...collections].map(
      (collection) => new Source(collection, resumed.versions[collection.name], options),
    );
  }

  /** Follows all collections. @throws the error of the first one that cannot be followed. */
  async run(): Promise<void> {
    await Promise.all(this.sources.map((source) => source.follow()));
  }

  /**
   * The checkpoint: for each collection, the version before its oldest change that is not settled. Entries of other
   * versions of the controller are kept. Its time is that of the last call at which all collections were followed.
   */
  checkpoint(): Checkpoint {
    for (const sink of this.sinks.values()) sink.releaseStale?.();
    if (!this.sources.some(({ isInterrupted }) => isInterrupted)) this.takenAt = new Date().toISOString();
    const own = this.sources.flatMap(({ name, watermark: { version } }) =>
      version === undefined ? [] : [[name, version] as const],
    );
    return { versions: { ...this.resumed.versions, ...Object.fromEntries(own) }, takenAt: this.takenAt };
  }

  /** Stops sending signals. */
  close(): void {
    for (const sink of this.sinks.values()) sink.close();
  }
}
