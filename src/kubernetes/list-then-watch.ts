import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesObject } from '@kubernetes/client-node';
import { z } from 'zod';
import { KubernetesError } from './errors';
import { abortError, type Http } from './http';
import { describeRequest } from './request-info';
import { classify } from './verdict';
import {
  asExpired,
  collectionUrl,
  ExpiredError,
  type Selection,
  type WatchEvent,
  type WatchOptions,
  watch,
} from './watch';

const PAGE_SIZE = 500;
/** A watch that lasted this long counts as successful, even without events. */
const WORKING_MS = 1000;

const pageMetadata = z.object({ resourceVersion: z.string().min(1), continue: z.string().optional() });

export interface ListThenWatchOptions extends Pick<WatchOptions, 'path' | 'signal' | 'silenceTimeoutMs'> {
  readonly query?: Selection & { readonly timeoutSeconds?: number };
  /** Resumes after this version instead of listing first; if it has expired, lists. */
  readonly resourceVersion?: string;
  /**
   * Leaves out what exists: where it would list, it only asks for the present version, which comes as `BOOKMARK`, and
   * changes before that are missed. For collections without an end, whose list is dear.
   */
  readonly isNewOnly?: boolean;
  /** Delays between failed attempts, doubled from the first to the last; 1 s to 30 s by default. */
  readonly backoff?: { readonly minMs: number; readonly maxMs: number };
  /** Called for every failure that will be retried. */
  readonly onRetry?: (error: unknown, delayMs: number) => void;
}

/**
 * One change of a collection. `LISTED` comes at the start and whenever changes may have been missed: it is complete,
 * and objects that it lacks are gone. Resuming from `resourceVersion` misses no change.
 */
export type Change<T extends KubernetesObject> =
  | { readonly type: 'LISTED'; readonly items: readonly T[]; readonly resourceVersion: string }
  | WatchEvent<T>;

/**
 * Follows a collection for ever: a consistent list, then changes. A watch that the server ended is resumed from the
 * last version. When the version has expired, or the watch got no data, it lists again at once; after any other
 * failure, after a delay.
 *
 * @throws KubernetesError when the list or watch is refused (403, 404, other client errors), at the start or
 *   later, and an `AbortError` on abort and when the client is closed.
 */
export async function* listThenWatch<T extends KubernetesObject>(
  http: Http,
  options: ListThenWatchOptions,
): AsyncGenerator<Change<T>> {
  const { path, query, signal, silenceTimeoutMs } = options;
  let version = options.resourceVersion;
  let failures = 0;
  for (;;) {
    const startedAt = performance.now();
    let failure: unknown = null;
    try {
      if (version === undefined) {
        const present = await (options.isNewOnly
          ? presentVersion<T>(http, options)
          : listAll<T>(http, options));
        version = present.resourceVersion;
        yield present;
      }
      const watchQuery = { ...query, resourceVersion: version };
      for await (const event of watch<T>(http, { path, query: watchQuery, signal, silenceTimeoutMs })) {
        version = event.resourceVersion;
        failures = 0;
        yield event;
      }
    } catch (error) {
      if (signal?.aborted) throw abortError(signal);
      if (isFinal(error)) throw error;
      version = undefined;
      failure = error;
    }
    if (performance.now() - startedAt >= WORKING_MS) failures = 0;
    failures += 1;
    await pause(failure, failures, options);
  }
}

/** Reads a whole collection page by page, as of one resource version. */
async function listAll<T extends KubernetesObject>(
  http: Http,
  { path, query: { labelSelector, fieldSelector } = {}, signal }: ListThenWatchOptions,
): Promise<Extract<Change<T>, { type: 'LISTED' }>> {
  const page = z.object({ metadata: pageMetadata, items: z.array(z.custom<T>()).nullable() });
  const items: T[] = [];
  let next: string | undefined;
  for (;;) {
    const url = collectionUrl(http, path, { labelSelector, fieldSelector, limit: PAGE_SIZE, continue: next });
    const { metadata, items: more } = page.parse(await readJson(http, url, signal));
    for (const item of more ?? []) items.push(item);
    next = metadata.continue || undefined;
    if (next === undefined) return { type: 'LISTED', items, resourceVersion: metadata.resourceVersion };
  }
}

/** Reads the present version of a collection, with one of its objects at most. */
async function presentVersion<T extends KubernetesObject>(
  http: Http,
  { path, query: { labelSelector, fieldSelector } = {}, signal }: ListThenWatchOptions,
): Promise<WatchEvent<T>> {
  const url = collectionUrl(http, path, { labelSelector, fieldSelector, limit: 1 });
  const { metadata } = z.object({ metadata: pageMetadata }).parse(await readJson(http, url, signal));
  const { resourceVersion } = metadata;
  return { type: 'BOOKMARK', object: { metadata: { resourceVersion } } as T, resourceVersion };
}

async function readJson(http: Http, url: string, signal?: AbortSignal): Promise<unknown> {
  try {
    const answer = await http.send({ method: 'GET', url, signal });
    return JSON.parse(await answer.text());
  } catch (error) {
    throw asExpired(error, describeRequest('GET', url));
  }
}

function isFinal(error: unknown): boolean {
  const { kind } = classify(error);
  return kind === 'forbidden' || kind === 'notFound' || kind === 'invalid' || kind === 'aborted';
}

/** Not even bookmarks were received. Resuming could stay silent, since a future resource version gives no error. */
function isSilence(error: unknown): boolean {
  return error instanceof KubernetesError && error.reason === 'UND_ERR_BODY_TIMEOUT';
}

async function pause(failure: unknown, failures: number, options: ListThenWatchOptions): Promise<void> {
  const isRoutine = failure === null || failure instanceof ExpiredError || isSilence(failure);
  if (isRoutine && failures === 1) return;
  const { minMs, maxMs } = options.backoff ?? { minMs: 1000, maxMs: 30_000 };
  const verdict = classify(failure);
  const askedMs = verdict.kind === 'retry' ? (verdict.afterMs ?? 0) : 0;
  const delayMs =
    Math.max(askedMs, Math.min(maxMs, minMs * 2 ** (failures - 1))) * (0.75 + Math.random() / 2);
  options.onRetry?.(failure, delayMs);
  try {
    await sleep(delayMs, undefined, { signal: options.signal });
  } catch {
    // Only an abort interrupts; the next request throws its error.
  }
}
