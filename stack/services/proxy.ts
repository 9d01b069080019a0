import { connect, createServer, type Server, type Socket } from 'node:net';
import { addressOf } from './address';
import { type Endpoint, endpointsOf, type Service, type ServicePod } from './endpoints';

/** Connections to Services, each led to one of the pods behind it. */
export interface ServiceProxy {
  /** Listens at the addresses of these Services, and no longer at those of others. */
  serve(services: readonly Service[]): void;
}

function pass(client: Socket, endpoint: Endpoint | undefined): void {
  if (!endpoint) {
    // As a refused connection: no pod is ready.
    client.resetAndDestroy();
    return;
  }
  const server = connect(endpoint);
  client.pipe(server).pipe(client);
  server.on('error', () => client.resetAndDestroy());
  client.on('error', () => server.destroy());
}

/** A proxy for Services at addresses below `network`; `pods` are asked for at each connection. */
export function createProxy(network: string, pods: () => readonly ServicePod[]): ServiceProxy {
  const listeners = new Map<string, Server>();
  const known = new Map<string, Service>();

  function listen(key: string, host: string, port: number): void {
    const server = createServer((client) => {
      const service = known.get(key);
      const endpoints = service ? endpointsOf(service, port, pods()) : [];
      pass(client, endpoints[Math.floor(Math.random() * endpoints.length)]);
    });
    server.on('error', (error) => console.error(`${host}:${port}: ${error.message}`));
    server.listen(port, host);
    listeners.set(key, server);
  }

  return {
    serve(services) {
      known.clear();
      for (const service of services) {
        const host = addressOf(service, network);
        if (host === null) continue;
        for (const { port, protocol } of service.spec.ports) {
          const key = `${host}:${port}`;
          if (protocol !== 'TCP') continue;
          known.set(key, service);
          if (!listeners.has(key)) listen(key, host, port);
        }
      }
      for (const [key, server] of listeners) {
        if (known.has(key)) continue;
        server.close();
        listeners.delete(key);
      }
    },
  };
}
