import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { FileService } from '../exchange';
import { handle, type ReportFailure } from '../handler';
import { type IdleClock, isUse } from './idle-clock';

/** Limits of connections. */
const LIMITS = {
  /** More than any client opens, and fewer than there may be files open. */
  connections: 512,
  headerBytes: 65_536,
  /** For a request's header, and for a connection that sends nothing. */
  headersMs: 30_000,
  /** Longer than an ingress keeps its side, so that it never sends into a closing connection. */
  keepAliveMs: 75_000,
  /** How much of a refused body is read, so that the client sees the answer and not a broken connection. */
  refusedBytes: 67_108_864,
} as const;

/** Statuses of clients that were not let in: they do not keep the server running. */
const REFUSED = new Set([401, 429, 503]);

/** A server of the files, not listening yet. */
export interface FileServer {
  readonly http: Server;
  /** Takes no more connections; resolves when the requests under way have ended. */
  readonly close: () => Promise<void>;
}

/** Creates the server. Uploads may take as long as they like, as long as something comes. */
export function createFileServer(service: FileService, idle: IdleClock, report: ReportFailure): FileServer {
  let isClosing = false;
  const http = createServer({
    maxHeaderSize: LIMITS.headerBytes,
    headersTimeout: LIMITS.headersMs,
    // Node's own limit of five minutes would end every longer upload.
    requestTimeout: 0,
    connectionsCheckingInterval: 5000,
    keepAliveTimeout: LIMITS.keepAliveMs,
    noDelay: true,
  });
  http.maxConnections = LIMITS.connections;
  const onRequest = (expectsContinue: boolean) => (request: IncomingMessage, response: ServerResponse) => {
    const end = isUse(request) ? idle.begin() : null;
    if (isClosing) response.setHeader('connection', 'close');
    response.once('close', () => end?.(!REFUSED.has(response.statusCode)));
    limitRefused(request, response);
    void handle(service, request, response, expectsContinue, report);
  };
  http.on('request', onRequest(false));
  http.on('checkContinue', onRequest(true));
  return {
    http,
    close: () => {
      isClosing = true;
      return closed(http);
    },
  };
}

/** Ends a connection whose client sends more and more of a body that is not read. */
function limitRefused(request: IncomingMessage, response: ServerResponse): void {
  response.once('finish', () => {
    if (request.complete) return;
    let bytes = 0;
    request.on('data', (chunk: Uint8Array) => {
      bytes += chunk.length;
      if (bytes > LIMITS.refusedBytes) request.destroy();
    });
  });
}

async function closed(http: Server): Promise<void> {
  // Connections that were in use when the end began become idle one after the other.
  const sweep = setInterval(() => http.closeIdleConnections(), 50);
  try {
    await new Promise<void>((resolve) => http.close(() => resolve()));
  } finally {
    clearInterval(sweep);
  }
}
