import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { accessTo } from './access';
import { bearerToken, INVALID_TOKEN, insufficientScope, MISSING_TOKEN } from './challenge';
import type { Directory } from './directory';

/** The identity headers of one request, or the answer that refuses it. */
type Verdict =
  | { readonly kind: 'pass'; readonly headers: Readonly<Record<string, string>> }
  | { readonly kind: 'refuse'; readonly status: number; readonly text: string; readonly challenge?: string };

/**
 * An authenticating ingress: checks the scope that a path demands, replaces the client's credentials by
 * identity headers, and passes requests and answers on as they come.
 */
export function createProxy(directory: Directory, upstreamUrl: () => string | undefined): Server {
  // Longer than clients keep idle connections, which would otherwise send into one that is being closed.
  return createServer({ keepAliveTimeout: 75_000 }, (incoming, response) => {
    const verdict = judge(directory, incoming);
    if (verdict.kind === 'refuse') {
      const { status, text, challenge } = verdict;
      refuse(response, status, text, challenge);
      return;
    }
    const upstream = upstreamUrl();
    if (upstream) forward(upstream, verdict.headers, incoming, response);
    else refuse(response, 503, 'No upstream has been configured');
  });
}

function judge(directory: Directory, incoming: IncomingMessage): Verdict {
  const path = new URL(incoming.url ?? '/', 'http://localhost').pathname;
  const access = accessTo(path);
  if (!access) return { kind: 'refuse', status: 404, text: 'Not found' };
  if (access.kind === 'anonymous') return { kind: 'pass', headers: {} };
  const token = bearerToken(incoming.headers.authorization);
  if (!token)
    return { kind: 'refuse', status: 401, text: 'Authentication required', challenge: MISSING_TOKEN };
  const user = directory.find(token);
  if (!user) return { kind: 'refuse', status: 401, text: 'Token is not valid', challenge: INVALID_TOKEN };
  if (!user.scopes.includes(access.scope)) {
    const challenge = insufficientScope(access.scope);
    return { kind: 'refuse', status: 403, text: 'Token missing required scope', challenge };
  }
  const headers: Record<string, string> = { 'x-auth-request-user': user.username };
  if (access.delegate) headers['x-auth-request-token'] = directory.delegate(token, access.delegate);
  return { kind: 'pass', headers };
}

function refuse(response: ServerResponse, status: number, text: string, challenge?: string): void {
  response.writeHead(status, {
    'content-type': 'text/plain',
    ...(challenge ? { 'www-authenticate': challenge } : {}),
  });
  response.end(text);
}

const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade']);

function isPassedOn(header: string): boolean {
  return !HOP_BY_HOP.has(header) && header !== 'authorization' && !header.startsWith('x-auth-request-');
}

function forward(
  upstream: string,
  identity: Readonly<Record<string, string>>,
  incoming: IncomingMessage,
  response: ServerResponse,
): void {
  const headers = Object.fromEntries(Object.entries(incoming.headers).filter(([name]) => isPassedOn(name)));
  const forwardedFor = [incoming.headers['x-forwarded-for'], incoming.socket.remoteAddress].filter(Boolean);
  const outgoing = request(new URL(incoming.url ?? '/', upstream), {
    method: incoming.method,
    headers: {
      ...headers,
      ...identity,
      'x-forwarded-for': forwardedFor.join(', '),
      'x-forwarded-proto': 'http',
      'x-forwarded-host': incoming.headers.host,
    },
  });
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
