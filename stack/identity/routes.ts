import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { bearerToken, INVALID_TOKEN, insufficientScope, MISSING_TOKEN } from './challenge';
import type { Directory } from './directory';
import { forward, refuse } from './forward';
import { isNavigation } from './judge';
import { loginPath } from './login';
import { sessionToken } from './session';

/** Routes of the cluster's Ingresses and HTTPRoutes, as the control API takes them. */
export const routesSchema = z.array(
  z.strictObject({
    path: z.string().startsWith('/'),
    /** How the path is compared: as a whole, as a beginning of components, or as a regular expression. */
    match: z.enum(['exact', 'prefix', 'pattern']),
    /** URLs of the ready pods behind the Service. */
    upstreams: z.array(z.url()),
    /** What Gafaelfawr checks; null for routes without it. */
    access: z
      .strictObject({
        username: z.string().nullable(),
        scopes: z.array(z.string()),
        delegate: z.enum(['notebook', 'internal']).nullable(),
        /** Whether clients are asked for a user and a password instead of a bearer token. */
        isBasic: z.boolean(),
        /** Whether browsers without a session are redirected to the login page. */
        hasLogin: z.boolean(),
      })
      .nullable(),
  }),
);

export type Route = z.infer<typeof routesSchema>[number];

function isFor({ match, path }: Route, pathname: string): boolean {
  switch (match) {
    case 'exact':
      return pathname === path;
    case 'prefix':
      return pathname === path || pathname.startsWith(`${path}/`);
    case 'pattern':
      return new RegExp(`^${path}`, 'i').test(pathname);
  }
}

/** The route of a request, as nginx chooses it: an exact one, else that with the longest path or pattern. */
export function routeOf(routes: readonly Route[], { url = '/' }: IncomingMessage): Route | undefined {
  const { pathname } = new URL(url, 'http://localhost');
  const rank = ({ match, path }: Route) => path.length + (match === 'exact' ? 1_000_000 : 0);
  return routes
    .filter((route) => isFor(route, pathname))
    .toSorted((one, other) => rank(other) - rank(one))[0];
}

/** The token of a client that sends it as username or as password, as WebDAV clients do. */
function basicToken(directory: Directory, authorization: string | undefined): string | undefined {
  const [, credentials] = /^basic +(\S+)$/i.exec(authorization ?? '') ?? [];
  const parts = Buffer.from(credentials ?? '', 'base64')
    .toString()
    .split(':');
  return parts.find((part) => directory.find(part)) ?? (credentials === undefined ? undefined : parts.at(-1));
}

const BASIC = 'Basic realm="nublado.example.com"';

/**
 * Forwards a request by a route. Behind Gafaelfawr it needs a token of the user with the scopes, which goes no further;
 * without, everything the client sends goes to the pod.
 */
export function serveRoute(
  directory: Directory,
  { access, upstreams }: Route,
  incoming: IncomingMessage,
  response: ServerResponse,
): void {
  const { headers, url = '/' } = incoming;
  const upstream = upstreams[Math.floor(Math.random() * upstreams.length)];
  const pass = (identity: Readonly<Record<string, string>>, credentials: 'none' | 'all') => {
    if (upstream === undefined) refuse(response, 503, 'The service has no pod');
    else forward(upstream, identity, incoming, response, credentials);
  };
  if (!access) return pass({}, 'all');
  const { authorization } = headers;
  const token = bearerToken(authorization) ?? basicToken(directory, authorization) ?? sessionToken(headers);
  const user = token === undefined ? undefined : directory.find(token);
  if (token === undefined || !user) {
    if (access.hasLogin && isNavigation(incoming)) {
      response.writeHead(302, { location: loginPath(url) }).end();
      return;
    }
    const bearer = token === undefined ? MISSING_TOKEN : INVALID_TOKEN;
    return refuse(response, 401, 'Authentication required', access.isBasic ? BASIC : bearer);
  }
  const missing = access.scopes.filter((scope) => !user.scopes.includes(scope));
  if (missing.length > 0) {
    return refuse(response, 403, 'Token missing required scope', insufficientScope(missing.join(' ')));
  }
  if (access.username !== null && access.username !== user.username) {
    return refuse(response, 403, 'Access not allowed for this user');
  }
  const delegated = access.delegate && { 'x-auth-request-token': directory.delegate(token, access.delegate) };
  pass({ 'x-auth-request-user': user.username, ...delegated }, 'none');
}
