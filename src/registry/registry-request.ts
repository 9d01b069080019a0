import type { Fetch } from '../http/fetch';
import { retryAfterMs } from '../http/retry-after';
import { networkFailure } from './network-failure';
import { RegistryError } from './registry-error';

const MAX_REDIRECTS = 3;
const MAX_BODY_BYTES = 32 * 2 ** 20;

export interface RegistryRequest {
  readonly method: 'GET' | 'HEAD' | 'DELETE' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
}

/** An answer with any status; its body must be read or discarded. */
export interface RegistryAnswer {
  readonly status: number;
  /** Where it came from, after redirects. */
  readonly url: URL;
  header(name: string): string | null;
  /** The body as JSON. */
  json(): Promise<unknown>;
  discard(): Promise<void>;
}

/** Whom requests go to, as errors name it. */
export interface RegistryService {
  /** Begins messages, such as `Docker registry x.org`. */
  readonly subject: string;
  readonly host: string;
}

/**
 * Sends one request and follows redirects within the same origin; one to anywhere else is refused, and nothing is
 * sent there; what changes something is never redirected.
 *
 * @throws RegistryError for no answer, 429, 408, 5xx and refused redirects; the signal's reason once it is aborted.
 */
export async function sendRegistryRequest(
  { method, url, headers, body, signal }: RegistryRequest,
  { subject, host }: RegistryService,
  { fetch, timeoutMs }: { readonly fetch: Fetch; readonly timeoutMs: number },
): Promise<RegistryAnswer> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const either = signal ? AbortSignal.any([signal, timeout]) : timeout;
  const failed = (error: unknown): never => {
    signal?.throwIfAborted();
    throw error instanceof RegistryError ? error : networkFailure(error, subject, host);
  };
  let target = url;
  for (let redirects = 0; ; redirects += 1) {
    const init: RequestInit = { method, headers, redirect: 'manual', signal: either };
    const response = await fetch(target.href, { ...init, ...(body === undefined ? {} : { body }) }).catch(
      failed,
    );
    const { status } = response;
    const location = status >= 300 && status < 400 ? response.headers.get('location') : null;
    if (location === null || (method !== 'GET' && method !== 'HEAD')) {
      refuseFailure(response, subject, host);
      return answerOf(response, target, (read) => read.catch(failed), { subject, host });
    }
    await response.body?.cancel();
    target = redirected(target, location, { subject, host });
    if (redirects === MAX_REDIRECTS) {
      throw new RegistryError(`${subject} redirects without end`, { problem: 'broken', host, status });
    }
  }
}

function redirected(from: URL, location: string, { subject, host }: RegistryService): URL {
  if (!URL.canParse(location, from.href)) {
    throw new RegistryError(`${subject} redirects to what is no URL`, { problem: 'broken', host });
  }
  const to = new URL(location, from);
  if (to.origin !== from.origin || to.username !== '' || to.password !== '') {
    const message = `${subject} redirects to ${to.protocol}//${to.host}, which is another place; it was not followed`;
    throw new RegistryError(message, { problem: 'disallowed', host });
  }
  return to;
}

function refuseFailure(response: Response, subject: string, host: string): void {
  const { status } = response;
  if (status !== 429 && status !== 408 && status < 500) return;
  void response.body?.cancel();
  const pauseMs = retryAfterMs(response.headers.get('retry-after'), Date.now());
  if (status === 429) {
    const wish = pauseMs === null ? '' : `, for ${Math.ceil(pauseMs / 1000)} s`;
    const facts = { problem: 'rateLimited', host, status, retryAfterMs: pauseMs } as const;
    throw new RegistryError(`${subject} limits how often we may ask${wish}`, facts);
  }
  const facts = { problem: 'unavailable', host, status, retryAfterMs: pauseMs } as const;
  throw new RegistryError(`${subject} answered with status ${status}`, facts);
}

function answerOf(
  response: Response,
  url: URL,
  guarded: (read: Promise<string>) => Promise<string>,
  { subject, host }: RegistryService,
): RegistryAnswer {
  return {
    status: response.status,
    url,
    header: (name) => response.headers.get(name),
    async json() {
      const body = await guarded(bodyText(response, { subject, host }));
      try {
        return JSON.parse(body) as unknown;
      } catch {
        const isPage = /^\s*</.test(body);
        const what = isPage ? 'a web page instead of JSON; check host and port' : 'broken JSON';
        throw new RegistryError(`${subject} answered with ${what}`, {
          problem: 'broken',
          host,
          status: response.status,
        });
      }
    },
    discard: async () => response.body?.cancel(),
  };
}

async function bodyText(response: Response, { subject, host }: RegistryService): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) {
      throw new RegistryError(`${subject} answered with more than we take`, { problem: 'broken', host });
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
