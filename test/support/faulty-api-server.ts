import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request as sendRequest } from 'node:https';
import { parse, stringify } from 'yaml';
import { z } from 'zod';

/** What happens to a request instead of an ordinary response. */
export type Fault =
  /** A response that is not the API server's. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly reason?: string;
      readonly message?: string;
      readonly headers?: Readonly<Record<string, string>>;
      /** Instead of a Status. */
      readonly body?: object;
    }
  /** The connection is reset before the request has arrived. */
  | { readonly kind: 'reset' }
  /** The request is carried out, and the connection is reset before the response. */
  | { readonly kind: 'answerLost' }
  /** The request is delayed; it does not arrive when its sender gives up. */
  | { readonly kind: 'requestHeld' }
  /** The same, but it arrives even if its sender has given up meanwhile. */
  | { readonly kind: 'requestLate' }
  /** The request is carried out; its response is delayed. */
  | { readonly kind: 'answerHeld' };

/** The requests of a fault: by method, path and query, and a text in the body. */
export interface Target {
  readonly method: string;
  readonly url: RegExp;
  readonly body?: string;
}

/** A fault in place. */
export interface PlacedFault {
  /** Resolves with the first request that it applies to. */
  readonly met: Promise<void>;
  /** Resolves when the sender of a request that it holds gives up. */
  readonly abandoned: Promise<void>;
  /** Resolves with the status by which the API server answers the first such request that reaches it. */
  readonly answered: Promise<number>;
  readonly count: () => number;
  /** Removes it, and continues the requests that it holds. */
  lift(): void;
}

/** An object that the API server created for the controller. */
export interface Creation {
  readonly collection: string;
  readonly name: string;
}

/** A reverse proxy to the real API server with faults for chosen requests. */
export interface FaultyApiServer {
  /** The controller's credential, with this proxy in place of the API server. */
  readonly kubeconfig: string;
  /** Every object created through the proxy, oldest first, without refused repetitions. */
  readonly creations: readonly Creation[];
  /** Every request through the proxy that is no read, oldest first. */
  readonly writes: readonly { readonly method: string; readonly url: string }[];
  /** Applies a fault to the next `times` matching requests; by default to all of them until `lift`. */
  place(target: Target, fault: Fault, times?: number): PlacedFault;
  /** Writes a text into all open watches whose URL matches; returns their number. */
  writeOnWatches(url: RegExp, text: string): number;
  /** Resets all open watches whose URL matches; returns their number. */
  cutWatches(url: RegExp): number;
  close(): void;
}

interface ActiveFault {
  readonly target: Target;
  readonly fault: Fault;
  left: number;
  count: number;
  readonly meet: () => void;
  readonly abandon: () => void;
  readonly answer: (status: number) => void;
  readonly lifted: Promise<void>;
}

const kubeconfigSchema = z.looseObject({
  clusters: z.tuple([
    z.looseObject({
      cluster: z.looseObject({ server: z.string(), 'certificate-authority-data': z.base64() }),
    }),
  ]),
});

/** Questions to the API server, which are sent as creations of objects that it does not keep. */
const REVIEW = /^\/apis\/auth(?:entication|orization)\.k8s\.io\//;

const createdSchema = z.object({ metadata: z.object({ name: z.string() }) });

/** Starts a proxy for the user of a kubeconfig; `file` is where its own kubeconfig is written. */
export async function startFaultyApiServer(kubeconfig: string, file: string): Promise<FaultyApiServer> {
  const config = kubeconfigSchema.parse(parse(readFileSync(kubeconfig, 'utf8')));
  const { cluster } = config.clusters[0];
  const agent = new Agent({
    keepAlive: true,
    ca: Buffer.from(cluster['certificate-authority-data'], 'base64'),
  });
  const faults: ActiveFault[] = [];
  const watches = new Map<ServerResponse, string>();
  const creations: Creation[] = [];
  const writes: { method: string; url: string }[] = [];

  const takeFault = ({ method = '', url = '' }: IncomingMessage, body: Buffer): ActiveFault | null => {
    const active = faults.find(
      ({ target, left }) =>
        left > 0 && target.method === method && target.url.test(url) && body.includes(target.body ?? ''),
    );
    if (!active) return null;
    active.left -= 1;
    active.count += 1;
    active.meet();
    return active;
  };

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await readBody(request);
    const { method = '', url = '' } = request;
    const isRead = method === 'GET' || REVIEW.test(url);
    if (!isRead) writes.push({ method, url });
    const active = takeFault(request, body);
    const kind = active?.fault.kind;
    if (active?.fault.kind === 'answer') return answerWith(active.fault, response);
    if (kind === 'reset') return response.socket?.resetAndDestroy();
    if (active && (kind === 'requestHeld' || kind === 'requestLate')) {
      response.once('close', active.abandon);
      await active.lifted;
      response.off('close', active.abandon);
    }
    if (response.destroyed && kind !== 'requestLate') return;
    const { status, headers, answer } = await forward(cluster.server, agent, request, body);
    active?.answer(status);
    if (request.url?.includes('watch=true') && status === 200) {
      response.writeHead(status, headers);
      response.flushHeaders();
      watches.set(response, request.url);
      response.once('close', () => {
        watches.delete(response);
        answer.destroy();
      });
      answer.on('error', () => response.destroy());
      answer.pipe(response);
      return;
    }
    const text = await readBody(answer);
    if (!isRead && method === 'POST' && status === 201) {
      const { metadata } = createdSchema.parse(JSON.parse(text.toString('utf8')));
      creations.push({ collection: request.url?.split('?')[0] ?? '', name: metadata.name });
    }
    if (kind === 'answerLost') return response.socket?.resetAndDestroy();
    if (kind === 'answerHeld') await active?.lifted;
    if (!response.destroyed) response.writeHead(status, headers).end(text);
  };

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : null;
  const { 'certificate-authority-data': _, ...plain } = cluster;
  const clusters = [
    {
      ...config.clusters[0],
      cluster: { ...plain, 'insecure-skip-tls-verify': true, server: `http://127.0.0.1:${port}` },
    },
  ];
  writeFileSync(file, stringify({ ...config, clusters }), { mode: 0o600 });

  const matching = (url: RegExp) => [...watches].filter(([, watched]) => url.test(watched));
  return {
    kubeconfig: file,
    creations,
    writes,
    place(target, fault, times = Number.POSITIVE_INFINITY) {
      const met = Promise.withResolvers<void>();
      const lifted = Promise.withResolvers<void>();
      const abandoned = Promise.withResolvers<void>();
      const answered = Promise.withResolvers<number>();
      const [meet, abandon, answer] = [met.resolve, abandoned.resolve, answered.resolve];
      const active = { target, fault, left: times, count: 0, meet, abandon, answer, lifted: lifted.promise };
      faults.push(active);
      return {
        met: met.promise,
        abandoned: abandoned.promise,
        answered: answered.promise,
        count: () => active.count,
        lift() {
          active.left = 0;
          lifted.resolve();
        },
      };
    },
    writeOnWatches(url, text) {
      const found = matching(url);
      for (const [response] of found) response.write(text);
      return found.length;
    },
    cutWatches(url) {
      const found = matching(url);
      for (const [response] of found) response.socket?.resetAndDestroy();
      return found.length;
    },
    close() {
      server.close();
      server.closeAllConnections();
      agent.destroy();
    },
  };
}

async function readBody(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function answerWith(fault: Extract<Fault, { kind: 'answer' }>, response: ServerResponse): void {
  const { status, reason, message = 'scripted', headers, body } = fault;
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  const failure = {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    code: status,
    reason,
    message,
    metadata: {},
  };
  response.end(JSON.stringify(body ?? failure));
}

interface Forwarded {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly answer: IncomingMessage;
}

function forward(server: string, agent: Agent, request: IncomingMessage, body: Buffer): Promise<Forwarded> {
  const { method, url, headers } = request;
  const { host: _host, connection: _connection, 'transfer-encoding': _encoding, ...rest } = headers;
  return new Promise((resolve, reject) => {
    const sent = sendRequest(`${server}${url}`, { method, agent, headers: rest }, (answer) => {
      const { 'transfer-encoding': _chunked, connection: _kept, ...answerHeaders } = answer.headers;
      resolve({ status: answer.statusCode ?? 502, headers: answerHeaders, answer });
    });
    sent.once('error', reject);
    sent.end(body);
  });
}
