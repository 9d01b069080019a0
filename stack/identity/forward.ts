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

/** Which of the client's credentials are forwarded: none, all, or those that are not the ingress's own. */
type Credentials = 'none' | 'all' | 'foreign';

/** Whether a header is forwarded. */
function isPassedOn(header: string, headers: IncomingHttpHeaders, credentials: Credentials): boolean {
  if (header === 'authorization') {
    if (credentials !== 'foreign') return credentials === 'all';
    return bearerToken(headers.authorization) === undefined;
  }
  return header !== 'cookie' && !HOP_BY_HOP.has(header) && !header.startsWith('x-auth-request-');
}

interface SendOptions {
  /** Further headers. */
  readonly more?: Readonly<Record<string, string>>;
  readonly credentials?: Credentials;
}

function send(
  upstream: string,
  identity: IdentityHeaders,
  incoming: IncomingMessage,
  { more = {}, credentials = 'foreign' }: SendOptions = {},
): ClientRequest {
  const { headers, method, socket, url = '/' } = incoming;
  const passedOn = Object.fromEntries(
    Object.entries(headers).filter(([name]) => isPassedOn(name, headers, credentials)),
  );
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

/** Responds with plain text. */
export function refuse(response: ServerResponse, status: number, text: string, challenge?: string): void {
  response.writeHead(status, {
    'content-type': 'text/plain',
    ...(challenge ? { 'www-authenticate': challenge } : {}),
  });
  response.end(text);
}

/** Forwards a request and streams its response. */
export function forward(
  upstream: string,
  identity: IdentityHeaders,
  incoming: IncomingMessage,
  response: ServerResponse,
  credentials: Credentials = 'foreign',
): void {
  const outgoing = send(upstream, identity, incoming, { credentials });
  outgoing.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    // An event stream begins with headers alone, which clients need before the first event.
    response.flushHeaders();
    answer.pipe(response);
    // The connection is cut, so that clients can tell an incomplete response.
    answer.on('error', () => response.destroy());
  });
  outgoing.on('error', (error) => {
    if (response.headersSent) response.destroy();
    else refuse(response, 502, `Upstream failed: ${error.message}`);
  });
  // A closed client connection ends the upstream request, such as an event stream.
  response.on('close', () => outgoing.destroy());
  incoming.pipe(outgoing);
}

function headOf({ httpVersion, rawHeaders, statusCode, statusMessage }: IncomingMessage): string {
  const lines = rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [`${name}: ${rawHeaders[index + 1]}`] : [],
  );
  return [`HTTP/${httpVersion} ${statusCode} ${statusMessage}`, ...lines, '', ''].join('\r\n');
}

/** Forwards a protocol upgrade, such as a kernel's web socket. */
export function forwardUpgrade(
  upstream: string,
  identity: IdentityHeaders,
  incoming: IncomingMessage,
  client: Duplex,
  head: Buffer,
): void {
  const more = { connection: 'Upgrade', upgrade: incoming.headers.upgrade ?? '' };
  const outgoing = send(upstream, identity, incoming, { more });
  outgoing.on('upgrade', (answer, server, rest) => {
    client.write(headOf(answer));
    client.write(rest);
    server.write(head);
    server.pipe(client).pipe(server);
    server.on('error', () => client.destroy());
    client.on('error', () => server.destroy());
    client.on('close', () => server.destroy());
  });
  // The upstream refused the upgrade: its response ends the connection.
  outgoing.on('response', (answer) => {
    client.write(headOf(answer));
    answer.pipe(client);
  });
  outgoing.on('error', () => client.destroy());
  client.on('error', () => outgoing.destroy());
  outgoing.end();
}
