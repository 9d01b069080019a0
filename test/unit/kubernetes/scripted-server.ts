import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** A request as the server saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly authorization: string | undefined;
  readonly body: string;
}

/** Answers one request; the last of a server's answers repeats. */
export type Answer = (response: ServerResponse, request: SeenRequest) => void | Promise<void>;

export interface ScriptedServer {
  readonly url: string;
  /** A kubeconfig file for this server. */
  readonly kubeconfig: string;
  readonly requests: readonly SeenRequest[];
  /** TCP connections accepted so far. */
  connections(): number;
  /** Resolves once a connection has been closed by the client. */
  connectionClosed(): Promise<void>;
  close(): Promise<void>;
}

/** A plain HTTP server in place of an API server, for answers that a real one gives rarely or never. */
export async function startScriptedServer(...answers: Answer[]): Promise<ScriptedServer> {
  const requests: SeenRequest[] = [];
  const closed = Promise.withResolvers<void>();
  let connections = 0;
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', 'http://server');
    const seen = {
      method: request.method ?? '',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      authorization: request.headers.authorization,
      body: await text(request),
    };
    requests.push(seen);
    await answers[Math.min(requests.length, answers.length) - 1]?.(response, seen);
  }
  const server = createServer((request, response) => void handle(request, response));
  // A client that is slow keeps its connection, so that connections can be counted.
  server.keepAliveTimeout = 600_000;
  server.on('connection', (socket) => {
    connections += 1;
    socket.on('close', () => closed.resolve());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const directory = await mkdtemp(join(tmpdir(), 'scripted-'));
  const kubeconfig = join(directory, 'kubeconfig');
  await writeFile(kubeconfig, kubeconfigFor({ server: url, 'insecure-skip-tls-verify': true }));
  return {
    url,
    kubeconfig,
    requests,
    connections: () => connections,
    connectionClosed: () => closed.promise,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(directory, { recursive: true });
    },
  };
}

/** The text of a kubeconfig with one cluster and the token `letmein`. */
export function kubeconfigFor(cluster: object): string {
  return JSON.stringify({
    clusters: [{ name: 'here', cluster }],
    users: [{ name: 'me', user: { token: 'letmein' } }],
    contexts: [{ name: 'it', context: { cluster: 'here', user: 'me' } }],
    'current-context': 'it',
  });
}

/** Answers with JSON. */
export function json(status: number, body: object, headers: Record<string, string> = {}): Answer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
}

/** Answers with a Kubernetes Status. */
export function status(code: number, reason: string, rest: object = {}): Answer {
  return json(code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, code, ...rest });
}

/** Answers 200 with these texts as separate writes, then ends. */
export function lines(...texts: (string | Buffer)[]): Answer {
  return async (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    for (const piece of texts) await new Promise((resolve) => response.write(piece, resolve));
    response.end();
  };
}

/** A line of a watch about the pod `name`. */
export function event(type: string, name: string, resourceVersion: string): string {
  return `${JSON.stringify({ type, object: { kind: 'Pod', metadata: { name, resourceVersion } } })}\n`;
}

/** A page of a pod list. */
export function list(resourceVersion: string, names: readonly string[], next?: string): Answer {
  const items = names.map((name) => ({ metadata: { name, resourceVersion: '1' } }));
  return json(200, { kind: 'PodList', metadata: { resourceVersion, continue: next }, items });
}
