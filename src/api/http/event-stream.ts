import { once } from 'node:events';
import type { FastifyReply } from 'fastify';

/** A response of server-sent events, open until it is ended here or by its client. */
export interface EventStream {
  /** Aborted once no more events are to be sent. */
  readonly signal: AbortSignal;
  /** Sends the text of one event; waits while the client reads too slowly. */
  send(event: string): Promise<void>;
  /** Ends the response; at a shutdown, a client that does not read is disconnected. */
  end(): void;
}

export interface EventStreamOptions {
  readonly pingMs: number;
  readonly shutdown: AbortSignal;
  /** Time without a read by the client, while data waits, after which it is disconnected. */
  readonly stalledMs: number;
  /** Called when the client is disconnected for that. */
  readonly onStalled: () => void;
}

/**
 * Starts the response and keeps it alive with comments. These end without an empty line, because client libraries parse
 * a comment that ends with one as an event without data.
 */
export function openEventStream(
  reply: FastifyReply,
  { pingMs, shutdown, stalledMs, onStalled }: EventStreamOptions,
): EventStream {
  const { raw } = reply.hijack();
  const closed = new AbortController();
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    connection: 'keep-alive',
  });
  raw.flushHeaders();
  let stalled: NodeJS.Timeout | null = null;
  /** Writes, and starts the timeout for the client to read; at most one event or ping waits. */
  const write = (text: string): boolean => {
    const isTaken = raw.write(text);
    if (!isTaken) {
      stalled ??= setTimeout(() => {
        onStalled();
        raw.destroy();
      }, stalledMs);
    }
    return isTaken;
  };
  raw.on('drain', () => {
    if (stalled) clearTimeout(stalled);
    stalled = null;
  });
  const pings = setInterval(() => {
    if (!raw.writableNeedDrain) write(`: ping - ${new Date().toISOString()}\n`);
  }, pingMs);
  const close = (): void => {
    clearInterval(pings);
    if (stalled) clearTimeout(stalled);
    closed.abort();
  };
  raw.once('close', close);
  if (raw.destroyed) {
    close();
  }
  const signal = AbortSignal.any([closed.signal, shutdown]);
  return {
    signal,
    async send(event) {
      if (!signal.aborted && !write(event)) {
        await once(raw, 'drain', { signal });
      }
    },
    end() {
      clearInterval(pings);
      const isCut = shutdown.aborted && raw.writableNeedDrain;
      if (isCut) {
        raw.destroy();
      } else {
        raw.end();
      }
    },
  };
}
