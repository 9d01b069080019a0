import {
  ANSWER_LIMITS,
  AnswerTooLarge,
  type Fetch,
  fetchWithinOrigin,
  RedirectRefused,
  readBody,
} from '../http/fetch';
import { retryAfterMs } from '../http/headers';
import { networkFailure, RegistryError } from './errors';

const NOT_IMPLEMENTED = 501;

export interface RegistryRequest {
  readonly method: 'GET' | 'HEAD' | 'DELETE' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
}

/** A response of any status; its body must be read or discarded. */
export interface RegistryAnswer {
  readonly status: number;
  /** URL after redirects. */
  readonly url: URL;
  header(name: string): string | null;
  /** The body parsed as JSON; the default limit is that of a list of tags. */
  json(limitBytes?: number): Promise<unknown>;
  /** The raw body. */
  bytes(limitBytes: number): Promise<Buffer>;
  discard(): Promise<void>;
}

/** Names of the server in errors. */
export interface RegistryService {
  /** Begins messages, e.g. `Docker registry x.org`. */
  readonly subject: string;
  readonly host: string;
}

/** How requests are sent. */
export interface Transport {
  readonly fetch: Fetch;
  /** Limit of one request including its body. */
  readonly timeoutMs: number;
}

/**
 * Sends one request and follows redirects of GET and HEAD within the same origin; others are refused, and nothing is
 * sent to their target.
 *
 * @throws RegistryError for no response, 429, 408, 5xx and refused redirects; the signal's reason once it is aborted.
 */
export async function sendRegistryRequest(
  { method, url, headers, body, signal }: RegistryRequest,
  service: RegistryService,
  { fetch, timeoutMs }: Transport,
): Promise<RegistryAnswer> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const either = signal ? AbortSignal.any([signal, timeout]) : timeout;
  const failed = (error: unknown): never => {
    signal?.throwIfAborted();
    throw registryFailure(error, service);
  };
  const init: RequestInit = { method, headers, signal: either, ...(body === undefined ? {} : { body }) };
  const { response, url: target } = await fetchWithinOrigin(fetch, url, init).catch(failed);
  if (method !== 'HEAD' || response.status !== NOT_IMPLEMENTED) refuseFailure(response, service);
  return answerOf(response, { url: target, failed, service });
}

function registryFailure(error: unknown, { subject, host }: RegistryService): RegistryError {
  if (error instanceof RegistryError) return error;
  if (error instanceof AnswerTooLarge) {
    return new RegistryError(`${subject} answered with more than we take`, { problem: 'broken', host });
  }
  if (!(error instanceof RedirectRefused)) return networkFailure(error, subject, host);
  const { reason, target } = error;
  if (reason === 'elsewhere') {
    const message = `${subject} redirects to ${target}, which is another place; it was not followed`;
    return new RegistryError(message, { problem: 'disallowed', host });
  }
  const what = reason === 'endless' ? 'without end' : 'to what is no URL';
  return new RegistryError(`${subject} redirects ${what}`, { problem: 'broken', host });
}

function refuseFailure(response: Response, { subject, host }: RegistryService): void {
  const { status } = response;
  if (status !== 429 && status !== 408 && status < 500) return;
  void response.body?.cancel();
  const pauseMs = retryAfterMs(response.headers.get('retry-after'), Date.now());
  if (status === 429) {
    const pause = pauseMs === null ? '' : `, for ${Math.ceil(pauseMs / 1000)} s`;
    const facts = { problem: 'rateLimited', host, status, retryAfterMs: pauseMs } as const;
    throw new RegistryError(`${subject} limits how often we may ask${pause}`, facts);
  }
  const facts = { problem: 'unavailable', host, status, retryAfterMs: pauseMs } as const;
  throw new RegistryError(`${subject} answered with status ${status}`, facts);
}

interface AnswerContext {
  readonly url: URL;
  readonly failed: (error: unknown) => never;
  readonly service: RegistryService;
}

function answerOf(
  response: Response,
  { url, failed, service: { subject, host } }: AnswerContext,
): RegistryAnswer {
  const { status } = response;
  const bytes = (limitBytes: number) => readBody(response, limitBytes).catch(failed);
  return {
    status,
    url,
    header: (name) => response.headers.get(name),
    bytes,
    async json(limitBytes = ANSWER_LIMITS.tagList) {
      const body = (await bytes(limitBytes)).toString('utf8');
      try {
        return JSON.parse(body) as unknown;
      } catch {
        const isPage = /^\s*</.test(body);
        const what = isPage ? 'a web page instead of JSON; check host and port' : 'broken JSON';
        throw new RegistryError(`${subject} answered with ${what}`, { problem: 'broken', host, status });
      }
    },
    discard: async () => response.body?.cancel(),
  };
}
