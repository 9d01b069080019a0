import { once } from 'node:events';
import { createServer } from 'node:net';

/** Address of a listener; port 0 means any free one. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `host:port`, with IPv6 hosts in brackets.
 *
 * @throws Error that shows the expected form.
 */
export function parseAddress(text: string): Address {
  const [, bracketed, host, port] = /^(?:\[([\da-f:]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(text) ?? [];
  const address = bracketed ?? host;
  if (address === undefined || Number(port) > 65_535) {
    throw new Error(`"${text}" is not an address; write host:port, for example 0.0.0.0:8080`);
  }
  return { host: address, port: Number(port) };
}

/** A loopback port that is free now. */
export async function freeLoopbackPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('the listener has no port');
  return address.port;
}
