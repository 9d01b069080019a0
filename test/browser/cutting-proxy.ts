import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A connection between browser and server that can break, or stand still. */
export interface CuttingProxy {
  readonly port: number;
  /** Breaks all connections once this many more bytes have been sent; `times` more than once, each after as many. */
  readonly cutAfter: (bytes: number, times?: number) => void;
  /** How often connections have been broken so. */
  readonly cuts: () => number;
  /** Lets nothing through after this many more bytes, until it is released. */
  readonly holdAfter: (bytes: number) => void;
  readonly release: () => void;
  /** Refuses all connections, or no longer. */
  isDown: boolean;
  close(): Promise<void>;
}

/** Starts a proxy to a loopback port. */
export async function startCuttingProxy(target: number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let sent = 0;
  let cuts = 0;
  let cut = { at: Number.POSITIVE_INFINITY, every: 0, times: 0 };
  let holdAt = Number.POSITIVE_INFINITY;
  let held: Socket[] = [];

  const server = createServer((client) => {
    if (proxy.isDown) {
      client.on('error', () => {});
      client.resetAndDestroy();
      return;
    }
    const upstream = connect(target, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    upstream.on('data', (data) => client.write(data));
    client.on('data', (data) => {
      sent += data.length;
      upstream.write(data);
      if (sent >= cut.at) {
        cuts += 1;
        cut = {
          ...cut,
          times: cut.times - 1,
          at: cut.times > 1 ? sent + cut.every : Number.POSITIVE_INFINITY,
        };
        for (const socket of sockets) socket.destroy();
      } else if (sent >= holdAt) {
        client.pause();
        held.push(client);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: CuttingProxy = {
    port: (server.address() as AddressInfo).port,
    cutAfter: (bytes, times = 1) => {
      cut = { at: sent + bytes, every: bytes, times };
    },
    cuts: () => cuts,
    holdAfter: (bytes) => {
      holdAt = sent + bytes;
    },
    release: () => {
      holdAt = Number.POSITIVE_INFINITY;
      for (const socket of held) socket.resume();
      held = [];
    },
    isDown: false,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return proxy;
}
