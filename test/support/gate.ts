import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What is held: the request, or, after it was carried out, its response. */
export type Gated = 'request' | 'answer';

/** A held request to the controller, or its response. */
export interface Hold {
  /** Resolves once it is held. */
  readonly met: Promise<void>;
  /** Resolves once its sender has given up. */
  readonly abandoned: Promise<void>;
  /** Continues it, if its sender still waits. */
  readonly lift: () => void;
}

/** A reverse proxy in front of the controller that can hold requests or responses. */
export interface Gate {
  readonly url: string;
  /** Sends requests to this controller from now on. */
  leadTo(apiUrl: string): void;
  /** Holds the next request of that method whose path matches, or its response. */
  hold(method: string, path: RegExp, what: Gated): Hold;
  close(): void;
}

interface Watch {
  readonly method: string;
  readonly path: RegExp;
  readonly what: Gated;
  readonly meet: () => void;
  readonly abandon: () => void;
  readonly lifted: Promise<void>;
}

/** Opens a gate on its own port. */
export async function openGate(): Promise<Gate> {
  const watches = new Set<Watch>();
  let upstream = '';

  const server: Server = createServer((incoming, response) => {
    const { method = 'GET', url = '/', headers } = incoming;
    const watch = [...watches].find((candidate) => candidate.method === method && candidate.path.test(url));
    if (watch) {
      watches.delete(watch);
      response.on('close', watch.abandon);
    }
    const pass = async (what: Gated) => {
      if (watch?.what !== what) return;
      watch.meet();
      await watch.lifted;
    };
    const forward = () => {
      if (response.destroyed) return;
      const outgoing = request(new URL(url, upstream), { method, headers }, (answer) => {
        void pass('answer').then(() => {
          response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
          response.flushHeaders();
          answer.pipe(response);
          answer.on('error', () => response.destroy());
        });
      });
      outgoing.on('error', () => {
        if (response.headersSent) response.destroy();
        else response.writeHead(502).end();
      });
      response.on('close', () => outgoing.destroy());
      incoming.pipe(outgoing);
    };
    void pass('request').then(forward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    leadTo(apiUrl) {
      upstream = apiUrl;
    },
    hold(method, path, what) {
      const met = Promise.withResolvers<void>();
      const abandoned = Promise.withResolvers<void>();
      const lifted = Promise.withResolvers<void>();
      const [meet, abandon] = [met.resolve, abandoned.resolve];
      watches.add({ method, path, what, meet, abandon, lifted: lifted.promise });
      return { met: met.promise, abandoned: abandoned.promise, lift: lifted.resolve };
    },
    close() {
      server.close().closeAllConnections();
    },
  };
}
