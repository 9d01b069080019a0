import { isIPv4 } from 'node:net';

/** Whether a host is loopback; IPv6 addresses with or without brackets. */
export function isLoopback(host: string): boolean {
  const name = host === '[::1]' ? '::1' : host;
  return name === 'localhost' || name === '::1' || (name.startsWith('127.') && isIPv4(name));
}

/** The subset of `fetch` that clients use, so that tests and proxies can replace it. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Whether a token may be sent in a header. For other values `fetch` throws an error that contains the header. */
export function isSendable(token: string): boolean {
  return /^[\x21-\x7e]+$/.test(token);
}

/**
 * Returns the error code of a failed fetch, e.g. `ECONNREFUSED`, or a phrase. The error itself may contain headers and
 * must not be logged.
 */
export function failureCode(error: unknown): string {
  if (error instanceof AnswerRefused) return error.message;
  const name = textOf(error, 'name');
  if (name === 'TimeoutError') return 'no answer in time';
  const cause: unknown = isObject(error) && 'cause' in error ? error.cause : null;
  return textOf(cause, 'code') ?? name ?? 'unknown error';
}

function textOf(value: unknown, key: string): string | null {
  const text: unknown = isObject(value) ? Reflect.get(value, key) : null;
  return typeof text === 'string' ? text : null;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** A response that was refused. The message is a phrase without any content of the response but an origin. */
class AnswerRefused extends Error {
  override readonly name: string = 'AnswerRefused';
}

const KIB = 2 ** 10;
const MIB = 2 ** 20;

/** A response whose body exceeds the limit. */
export class AnswerTooLarge extends AnswerRefused {
  override readonly name = 'AnswerTooLarge';

  constructor(readonly limitBytes: number) {
    const limit = limitBytes >= MIB ? `${limitBytes / MIB} MiB` : `${limitBytes / KIB} KiB`;
    super(`an answer of more than ${limit}`);
  }
}

/** A redirect that was not followed; nothing was sent to its target. */
export class RedirectRefused extends AnswerRefused {
  override readonly name = 'RedirectRefused';

  /** `target` is the origin that the redirect led to, if it led anywhere. */
  constructor(
    readonly reason: 'elsewhere' | 'endless' | 'no-url',
    readonly target: string | null,
  ) {
    super(
      reason === 'elsewhere'
        ? `a redirect to ${target}, which is another origin; it was not followed`
        : `a redirect ${reason === 'endless' ? 'without end' : 'to what is no URL'}`,
    );
  }
}

/** Limits of response bodies in bytes, by kind of document. */
export const ANSWER_LIMITS = {
  /** The document of service discovery. */
  discovery: 4 * MIB,
  /** A user of the identity service; users of many groups have long ones. */
  userInfo: MIB,
  /** A user, a token or an error of JupyterHub. */
  hub: 4 * MIB,
  /** A token of a registry's token service. */
  token: 256 * KIB,
  /** One page of a registry's list; some registries answer with all tags of a repository at once. */
  tagList: 32 * MIB,
  /** A manifest; registries must accept 4 MiB. */
  manifest: 4 * MIB,
} as const;

/** The part of a response that is used, of Node's `fetch` and of undici's. */
interface Answer {
  readonly headers: { get(name: string): string | null };
  readonly body: (AsyncIterable<Uint8Array> & { cancel(): Promise<void> }) | null;
}

/**
 * Reads a body of at most `limitBytes`, counted after decompression. A longer one is refused by its `Content-Length`
 * before it is read, or at the limit, which closes the connection. The time is limited by the signal of the request.
 *
 * @throws AnswerTooLarge
 */
export async function readBody({ headers, body }: Answer, limitBytes: number): Promise<Buffer> {
  if (!body) return Buffer.alloc(0);
  if (Number(headers.get('content-length') ?? 0) > limitBytes) {
    await body.cancel();
    throw new AnswerTooLarge(limitBytes);
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > limitBytes) throw new AnswerTooLarge(limitBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

const MAX_REDIRECTS = 3;

/** A response and its URL after redirects. */
export interface LocatedResponse {
  readonly response: Response;
  readonly url: URL;
}

/**
 * Sends a request and follows up to three redirects within the origin of `url`, for GET and HEAD only; for other
 * methods the redirect itself is returned.
 *
 * @throws RedirectRefused for any other redirect; errors of `fetch`.
 */
export async function fetchWithinOrigin(fetch: Fetch, url: URL, init: RequestInit): Promise<LocatedResponse> {
  const isFollowed = ['GET', 'HEAD'].includes(init.method ?? 'GET');
  let target = url;
  for (let redirects = 0; ; redirects += 1) {
    const response = await fetch(target.href, { ...init, redirect: 'manual' });
    const isRedirect = response.status >= 300 && response.status < 400;
    const location = isRedirect && isFollowed ? response.headers.get('location') : null;
    if (location === null) return { response, url: target };
    await response.body?.cancel();
    target = redirected(target, location);
    if (redirects === MAX_REDIRECTS) throw new RedirectRefused('endless', target.origin);
  }
}

function redirected(from: URL, location: string): URL {
  if (!URL.canParse(location, from.href)) throw new RedirectRefused('no-url', null);
  const to = new URL(location, from);
  if (to.origin !== from.origin || to.username !== '' || to.password !== '') {
    throw new RedirectRefused('elsewhere', `${to.protocol}//${to.host}`);
  }
  return to;
}
