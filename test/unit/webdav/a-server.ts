import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Admission } from '../../../src/webdav/exchange';
import { createFileServer, type FileServer } from '../../../src/webdav/server/http-server';
import { IdleClock } from '../../../src/webdav/server/idle-clock';
import { createService } from '../../../src/webdav/server/main';

/** An answer, as a client gets it. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A server of a temporary folder, on a port of its own. */
export interface RunningServer {
  readonly home: string;
  readonly port: number;
  readonly idle: IdleClock;
  readonly server: FileServer;
  /** Failures that the server would log. */
  readonly failures: readonly unknown[];
  readonly ask: (
    method: string,
    path: string,
    headers?: Record<string, string>,
    body?: string,
  ) => Promise<Answer>;
  /** @throws Error where the server has failed */
  readonly close: () => Promise<void>;
}

/** URL path of the served folder. */
export const BASE = '/files/rachel';

/** Starts a server in this process, without authentication where no admission is given. */
export async function aServer(admission: Admission | null = null): Promise<RunningServer> {
  const directory = mkdtempSync(join(tmpdir(), 'nublado-webdav-'));
  const idle = new IdleClock(() => performance.now());
  const failures: unknown[] = [];
  const server = createFileServer(createService(directory, BASE, admission), idle, (error) =>
    failures.push(error),
  );
  server.http.listen(0, '127.0.0.1');
  await once(server.http, 'listening');
  const { port } = server.http.address() as AddressInfo;
  return {
    home: directory,
    port,
    idle,
    server,
    failures,
    ask: (method, path, headers = {}, body = '') => ask(port, method, BASE + path, headers, body),
    close: async () => {
      server.http.closeAllConnections();
      await server.close();
      rmSync(directory, { recursive: true, force: true });
      if (failures.length > 0) throw new Error('the server failed', { cause: failures[0] });
    },
  };
}

/** Sends a request and reads the whole answer. */
export function ask(
  port: number,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body = '',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length =
      body === '' || 'transfer-encoding' in headers ? {} : { 'content-length': Buffer.byteLength(body) };
    const sent = request(
      { port, host: '127.0.0.1', method, path, headers: { ...length, ...headers }, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** The lock token of an answer to LOCK, with its brackets. */
export function tokenOf({ headers }: Answer): string {
  return String(headers['lock-token']);
}

/** Body of a request for an exclusive or shared lock. */
export function lockBody(scope = 'exclusive'): string {
  return `<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:${scope}/></D:lockscope><D:locktype><D:write/></D:locktype><D:owner>rachel</D:owner></D:lockinfo>`;
}
