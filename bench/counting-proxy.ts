import { createServer, request } from 'node:http';
import { listening } from './listening';

/** Forwards requests to a server on this machine, and counts them. */
export interface CountingProxy {
  readonly host: string;
  /** Number of requests. */
  count(): number;
  close(): Promise<void>;
}

/** Starts the proxy on loopback. */
export async function startCountingProxy(targetHost: string): Promise<CountingProxy> {
  const [hostname, port] = targetHost.split(':');
  let count = 0;
  const server = createServer((incoming, outgoing) => {
    count += 1;
    const { method, url: path, headers } = incoming;
    const passed = request({ hostname, port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on('error', () => outgoing.destroy());
    incoming.pipe(passed);
  });
  const listeningPort = await listening(server);
  return {
    host: `127.0.0.1:${listeningPort}`,
    count: () => count,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
