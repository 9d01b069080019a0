import {
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { bearerToken } from './challenge';
import { cookiesWithoutSession } from './session';

export type IdentityHeaders = Readonly<Record<string, string>>;

const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade']);

/** Credentials of the ingress end here; those of other kinds are for the upstream to judge. */
function isPassedOn(header: string, headers: IncomingHttpHeaders): boolean {
  if (header === 'authorization') return bearerToken(headers.authorization) === undefined;
  return header !== 'cookie' && !HOP_BY_HOP.has(header) && !header.startsWith('x-auth-request-');
}

function send(
  upstream: string,
  identity: IdentityHeaders,
  incoming: IncomingMessage,
  more: Readonly<Record<string, string>> = {},
): ClientRequest {
  const { headers, method, socket, url = '/' } = incoming;
  const passedOn = Object.fromEntries(Object.entries(headers).filter(([name]) => isPassedOn(name, headers)));
  const cookie = cookiesWithoutSession(headers);
  const forwardedFor = [headers['x-forwarded-for'], socket.remoteAddress].filter(Boolean);
  return request(new URL(url, upstream), {
    method,
    headers: {
      ...passedOn,
      ...(cookie === undefined ? {} : { cookie }),
      ...identity,
      'x-forwarded-for': forwardedFor.join(', '),
      'x-forwarded-proto': 'http',
      'x-forwarded-host': headers.host,
      ...more,
    },
  });
}

/** Answers with plain text. */
export function refuse(response: ServerResponse, status: number, text: string, challenge?: string): void {
  response.writeHead(status, {
    'content-type': 'text/plain',
    ...(challenge ? { 'www-authenticate': challenge } : {}),
  });
  response.end(text);
}

/** Passes a request on, and its answer back, as they come. */
export function forward(
  upstream: string,
  identity: IdentityHeaders,
  incoming: IncomingMessage,
  response: ServerResponse,
): void {
  const outgoing = send(upstream, identity, incoming);
  outgoing.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    // Event streams start with headers alone, which the client must see before the first event.
    response.flushHeaders();
    answer.pipe(response);
    // An answer cut short must look so to the client.
    answer.on('error', () => response.destroy());
  });
  outgoing.on('error', (error) => {
    if (response.headersSent) response.destroy();
    else refuse(response, 502, `Upstream failed: ${error.message}`);
  });
  // A client that leaves ends the upstream request, and with it the work on an event stream.
  response.on('close', () => outgoing.destroy());
  incoming.pipe(outgoing);
}

function headOf({ httpVersion, rawHeaders, statusCode, statusMessage }: IncomingMessage): string {
  const lines = rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [`${name}: ${rawHeaders[index + 1]}`] : [],
  );
  return [`HTTP/${httpVersion} ${statusCode} ${statusMessage}`, ...lines, '', ''].join('\r\n');
}

/** Passes a connection on that becomes another protocol's, such as a kernel's web socket. */
export function forwardUpgrade(
  upstream: string,
  identity: IdentityHeaders,
  incoming: IncomingMessage,
  client: Duplex,
  head: Buffer,
): void {
  const upgrade = { connection: 'Upgrade', upgrade: incoming.headers.upgrade ?? '' };
  const outgoing = send(upstream, identity, incoming, upgrade);
  outgoing.on('upgrade', (answer, server, rest) => {
    client.write(headOf(answer));
    client.write(rest);
    server.write(head);
    server.pipe(client).pipe(server);
    server.on('error', () => client.destroy());
    client.on('error', () => server.destroy());
    client.on('close', () => server.destroy());
  });
  // The upstream would not: its answer ends the connection.
  outgoing.on('response', (answer) => {
    client.write(headOf(answer));
    answer.pipe(client);
  });
  outgoing.on('error', () => client.destroy());
  client.on('error', () => outgoing.destroy());
  outgoing.end();
}
