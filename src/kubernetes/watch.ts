import type { KubernetesObject } from '@kubernetes/client-node';
import { z } from 'zod';
import { statusCode } from './error-answer';
import { errorFromAnswer, KubernetesError } from './errors';
import type { Http } from './http';
import { describeRequest, type RequestInfo } from './request-info';

const NEWLINE = 0x0a;

type Versioned = z.infer<typeof versioned>;

const versioned = z.object({ metadata: z.object({ resourceVersion: z.string().min(1) }) });

/** Selectors of objects of a collection. */
export interface Selection {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface WatchOptions {
  /** Path of the collection, such as `/api/v1/pods`. */
  readonly path: string;
  readonly query?: Selection & {
    /** The version after which changes are sent; without it the present objects come first, as `ADDED`. */
    readonly resourceVersion?: string;
    /** Time after which the server ends the watch; 240 by default. */
    readonly timeoutSeconds?: number;
  };
  readonly signal?: AbortSignal;
  /**
   * Time without data after which the connection counts as broken; 90 s by default. Bookmarks come about every minute.
   */
  readonly silenceTimeoutMs?: number;
}

/** Objects are plain JSON: instants are strings. A bookmark's object has only a resource version. */
export interface WatchEvent<T extends KubernetesObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: T;
  readonly resourceVersion: string;
}

/** The resource version to watch from has expired: list again. */
export class ExpiredError extends KubernetesError {}

/** A watch sent data that is no watch event. The error does not contain the data, which may be confidential. */
export class MalformedWatchError extends Error {
  override readonly name = 'MalformedWatchError';

  constructor(
    readonly path: string,
    problem: string,
  ) {
    super(`watch of ${path} sent ${problem}`);
  }
}

/**
 * Follows changes of a collection until the server ends the watch, then returns. Ending the loop closes the connection,
 * which is read no faster than the loop runs.
 *
 * @throws ExpiredError when the resource version is too old, MalformedWatchError for an unreadable event,
 *   KubernetesError for a refused watch, an error event, a cut connection or silence, and an `AbortError` on
 *   abort.
 */
export async function* watch<T extends KubernetesObject>(
  http: Http,
  { path, query = {}, signal, silenceTimeoutMs = 90_000 }: WatchOptions,
): AsyncGenerator<WatchEvent<T>> {
  const { timeoutSeconds = 240, ...rest } = query;
  const url = collectionUrl(http, path, {
    ...rest,
    watch: 'true',
    allowWatchBookmarks: 'true',
    timeoutSeconds,
  });
  const source: Source<T> = {
    path,
    info: describeRequest('GET', url),
    // T is not validated: the API server validates by its schemas.
    object: z.custom<T & Versioned>((object) => versioned.safeParse(object).success),
  };
  try {
    const answer = await http.send({ method: 'GET', url, signal, silenceTimeoutMs });
    for await (const line of linesOf(answer.chunks(), path)) yield readEvent(line, source);
  } catch (error) {
    throw asExpired(error, source.info);
  }
}

interface Source<T> {
  readonly path: string;
  readonly info: RequestInfo;
  readonly object: z.ZodType<T & Versioned>;
}

/** The URL of a collection with the given parameters, leaving out those without a value. */
export function collectionUrl(http: Http, path: string, parameters: object): string {
  const url = new URL(`${http.server}${path}`);
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== null) url.searchParams.set(name, String(value));
  }
  return url.href;
}

/** Converts an error of status 410 to an `ExpiredError`; returns every other error unchanged. */
export function asExpired(error: unknown, info: RequestInfo): unknown {
  const isExpired = error instanceof KubernetesError && error.code === 410;
  return isExpired ? new ExpiredError(info, error, '', { cause: error }) : error;
}

/** Lines as UTF-8 texts: bytes are split before they are decoded, and long lines are joined once. */
async function* linesOf(chunks: AsyncIterable<Buffer>, path: string): AsyncGenerator<string> {
  let pending: Buffer[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const line = Buffer.concat([...pending, chunk.subarray(start, end)]).toString('utf8');
      pending = [];
      start = end + 1;
      if (line.trim() !== '') yield line;
    }
    if (start < chunk.length) pending.push(chunk.subarray(start));
  }
  if (pending.length > 0) throw new MalformedWatchError(path, 'an incomplete last line');
}

function readEvent<T extends KubernetesObject>(line: string, source: Source<T>): WatchEvent<T> {
  const { type, object } = parseLine(line, source.path);
  if (type === 'ERROR') throw errorFromAnswer(source.info, statusCode(object) ?? 500, object);
  const parsed = source.object.safeParse(object);
  if (!isChange(type) || !parsed.success) {
    throw new MalformedWatchError(source.path, 'a line that is no watch event');
  }
  return { type, object: parsed.data, resourceVersion: parsed.data.metadata.resourceVersion };
}

function parseLine(line: string, path: string): { readonly type?: unknown; readonly object?: unknown } {
  try {
    const event: unknown = JSON.parse(line);
    return typeof event === 'object' && event !== null ? event : {};
  } catch {
    throw new MalformedWatchError(path, 'a line that is no JSON');
  }
}

function isChange(type: unknown): type is WatchEvent<KubernetesObject>['type'] {
  return type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED' || type === 'BOOKMARK';
}
