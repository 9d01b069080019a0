import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Directory } from './directory';
import { forward, forwardUpgrade, refuse } from './forward';
import { judge } from './judge';
import { answerLogin } from './login';
import { type Route, routeOf, serveRoute } from './routes';

/** URLs that authorized requests are forwarded to; undefined until they are set. */
export interface Upstreams {
  controller(): string | undefined;
  hub(): string | undefined;
  /** Where Ingresses of the cluster lead; each authenticates by itself. */
  routes(): readonly Route[];
}

/**
 * An authenticating ingress: checks the scope that a path requires, replaces the client's credentials by identity
 * headers, and forwards requests. Browsers log in with a cookie.
 */
export function createProxy(directory: Directory, upstreams: Upstreams): Server {
  const upstreamOf = ({ url = '/' }: IncomingMessage) =>
    /^\/nb([/?]|$)/.test(url) ? upstreams.hub() : upstreams.controller();

  // Longer than the idle timeout of clients, which otherwise send requests on a connection that is being closed.
  const server = createServer({ keepAliveTimeout: 75_000 }, (incoming, response) => {
    if (answerLogin(directory, incoming, response)) return;
    const route = routeOf(upstreams.routes(), incoming);
    if (route) {
      serveRoute(directory, route, incoming, response);
      return;
    }
    const verdict = judge(directory, incoming);
    switch (verdict.kind) {
      case 'refuse':
        refuse(response, verdict.status, verdict.text, verdict.challenge);
        return;
      case 'login':
        response.writeHead(302, { location: verdict.path }).end();
        return;
      case 'pass': {
        const upstream = upstreamOf(incoming);
        if (upstream) forward(upstream, verdict.headers, incoming, response);
        else refuse(response, 503, 'No upstream has been configured');
      }
    }
  });
  server.on('upgrade', (incoming, client, head) => {
    const verdict = judge(directory, incoming);
    const upstream = upstreamOf(incoming);
    if (verdict.kind === 'pass' && upstream) {
      forwardUpgrade(upstream, verdict.headers, incoming, client, head);
      return;
    }
    const status = verdict.kind === 'refuse' ? verdict.status : 401;
    client.end(`HTTP/1.1 ${status} Refused\r\nconnection: close\r\n\r\n`);
  });
  return server;
}
