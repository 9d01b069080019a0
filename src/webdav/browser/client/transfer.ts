import type { Condition } from './conditions';
import { type Outcome, outcomeOf } from './outcomes';
import { present } from './requests';

/** A file up to this size goes in one request, a longer one in pieces of it: bytes. */
const PIECE = 8_388_608;

/** Pauses before the next attempt after the connection broke, in milliseconds; then the user is asked. */
const PAUSES_MS = [500, 1000, 2000, 4000, 8000, 15_000] as const;

/** Statuses of a proxy that does not reach the server. */
const PROXY_STATUSES = [502, 503, 504];

/** What came of sending a file: `broken` where it can be continued. */
export type SendOutcome = Outcome | { readonly kind: 'broken' } | { readonly kind: 'cancelled' };

/** Answer to a part of a file. */
interface Sent {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
  readonly offset: number;
}

/** The connection broke, or there was none. */
class ConnectionBroken extends Error {}

/** One file on its way to the server. What has arrived of a long one need not be sent again. */
export class Transfer {
  readonly #href: string;
  readonly #file: File;
  readonly #uploadHref: string;
  #hasBegun = false;
  /** Bytes that the server has said to have. */
  #acknowledged = 0;

  /** @param href URL path that the file gets */
  constructor(href: string, file: File) {
    this.#href = href;
    this.#file = file;
    const id = [...crypto.getRandomValues(new Uint8Array(8))].map((byte) =>
      byte.toString(16).padStart(2, '0'),
    );
    this.#uploadHref = `${href}?upload=${id.join('')}`;
  }

  /**
   * Sends the file, or what has not arrived of it. A broken connection is tried again for some time.
   *
   * @param progress told of the bytes of the file that are sent
   */
  async send(
    condition: Condition,
    progress: (bytes: number) => void,
    signal: AbortSignal,
  ): Promise<SendOutcome> {
    for (let failures = 0; ; failures += 1) {
      const before = this.#acknowledged;
      try {
        return await this.#attempt(condition, progress, signal);
      } catch (error) {
        if (!(error instanceof ConnectionBroken)) throw error;
        if (signal.aborted) return { kind: 'cancelled' };
        // What the browser has sent may have gone nowhere.
        if (this.#acknowledged > before) failures = 0;
        const pauseMs = PAUSES_MS[failures];
        if (pauseMs === undefined) return { kind: 'broken' };
        await pause(pauseMs, signal);
        // The answer may be what was lost.
        if (await this.#hasArrived()) return { kind: 'done' };
      }
    }
  }

  /** Lets the server forget what has arrived. */
  async abandon(): Promise<void> {
    if (this.#hasBegun) await fetch(this.#uploadHref, { method: 'DELETE' }).catch(() => {});
  }

  async #attempt(
    condition: Condition,
    progress: (bytes: number) => void,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const { size } = this.#file;
    const headers = { ...condition, 'x-oc-mtime': String(Math.floor(this.#file.lastModified / 1000)) };
    if (size <= PIECE)
      return outcomeOf(await this.#send('PUT', this.#href, headers, [0, size], progress, signal));
    let isKnown = !this.#hasBegun;
    let offset = 0;
    for (;;) {
      if (!isKnown) offset = await this.#arrived();
      isKnown = true;
      const range = [offset, Math.min(offset + PIECE, size)] as const;
      const lengths = { 'upload-offset': String(offset), 'upload-length': String(size) };
      this.#hasBegun = true;
      const sent = await this.#send(
        'PATCH',
        this.#uploadHref,
        { ...headers, ...lengths },
        range,
        progress,
        signal,
      );
      if (sent.status === 202) offset = this.#acknowledge(sent.offset);
      else {
        // A browser sends a request again by itself when a connection breaks that it had used before.
        const arrived = sent.status === 409 ? await this.#arrived() : offset;
        if (arrived === offset) return outcomeOf(sent);
        offset = arrived;
      }
    }
  }

  /** How many bytes of the file the server has. */
  async #arrived(): Promise<number> {
    const response = await fetch(this.#uploadHref, { method: 'HEAD', cache: 'no-store' }).catch(() => null);
    if (response === null || PROXY_STATUSES.includes(response.status)) throw new ConnectionBroken();
    return response.ok ? this.#acknowledge(Number(response.headers.get('upload-offset'))) : 0;
  }

  #acknowledge(bytes: number): number {
    this.#acknowledged = Math.max(this.#acknowledged, bytes);
    return bytes;
  }

  async #hasArrived(): Promise<boolean> {
    const there = await present(this.#href);
    const seconds = Math.floor(this.#file.lastModified / 1000);
    return there !== null && there.size === this.#file.size && there.modified === seconds * 1000;
  }

  /** XMLHttpRequest alone tells how much of a body is sent. */
  #send(
    method: string,
    href: string,
    headers: Condition,
    [start, end]: readonly [start: number, end: number],
    progress: (bytes: number) => void,
    signal: AbortSignal,
  ): Promise<Sent> {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      const broken = () => reject(new ConnectionBroken());
      const abort = () => request.abort();
      request.open(method, href);
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
      request.upload.addEventListener('progress', ({ loaded }) => progress(start + loaded));
      request.addEventListener('load', () => {
        const { status, responseText: text } = request;
        const offset = Number(request.getResponseHeader('upload-offset'));
        if (PROXY_STATUSES.includes(status)) broken();
        else resolve({ status, type: request.getResponseHeader('content-type'), text, offset });
      });
      request.addEventListener('error', broken);
      request.addEventListener('abort', broken);
      request.addEventListener('loadend', () => signal.removeEventListener('abort', abort));
      signal.addEventListener('abort', abort);
      if (signal.aborted) broken();
      else request.send(this.#file.slice(start, end));
    });
  }
}

/** Waits, but no longer than until the browser is connected again or the user cancels. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener('online', end);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    addEventListener('online', end);
    signal.addEventListener('abort', end);
  });
}
