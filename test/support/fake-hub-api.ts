import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the hub answers about a token. */
export interface FakeOwner {
  readonly kind: string;
  readonly name: string;
  readonly scopes: readonly string[];
}

/** The part of a hub's REST API that tells whose a token is. */
export interface FakeHubApi {
  readonly apiUrl: URL;
  /** Owners by token; others are unknown. */
  readonly owners: Map<string, FakeOwner>;
  /** Tokens in the order in which they were asked about. */
  readonly asked: string[];
  /** Status of all further answers; null for the true one. `silent` for none at all. */
  status: number | 'silent' | null;
  /** Body of all further answers with status 200; null for the true one. */
  body: string | null;
  close(): Promise<void>;
}

/** Starts it on a loopback port. */
export async function fakeHubApi(): Promise<FakeHubApi> {
  const server = createServer((request, response) => {
    const token = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
    hub.asked.push(token);
    if (hub.status === 'silent') return;
    const owner = hub.owners.get(token);
    const status = hub.status ?? (request.url !== '/hub/api/user' ? 404 : owner === undefined ? 403 : 200);
    const location = status >= 300 && status < 400 ? { location: '/elsewhere' } : {};
    response.writeHead(status, { 'content-type': 'application/json', ...location });
    response.end(hub.body ?? JSON.stringify(owner ?? { status, message: 'Forbidden' }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const hub: FakeHubApi = {
    apiUrl: new URL(`http://127.0.0.1:${port}/hub/api`),
    owners: new Map(),
    asked: [],
    status: null,
    body: null,
    async close() {
      server.close().closeAllConnections();
      await once(server, 'close');
    },
  };
  return hub;
}
