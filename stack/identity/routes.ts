import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { bearerToken, insufficientScope } from './challenge';
import type { Directory } from './directory';
import { forward, refuse } from './forward';
import { sessionToken } from './session';

/** Routes of the cluster's Ingresses and HTTPRoutes, as the control API takes them. */
export const routesSchema = z.array(
  z.strictObject({
    path: z.string().startsWith('/'),
    /** URL of the pod behind the Service; null while none runs. */
    upstream: z.url().nullable(),
    /** What Gafaelfawr checks; null for routes without it. */
    access: z.strictObject({ username: z.string().nullable(), scopes: z.array(z.string()) }).nullable(),
  }),
);

export type Route = z.infer<typeof routesSchema>[number];

/** The route of a request, by the longest path that is a prefix of its own, component by component. */
export function routeOf(routes: readonly Route[], { url = '/' }: IncomingMessage): Route | undefined {
  const { pathname } = new URL(url, 'http://localhost');
  const isBelow = ({ path }: Route) => pathname === path || pathname.startsWith(`${path}/`);
  return routes.filter(isBelow).toSorted((one, other) => other.path.length - one.path.length)[0];
}

/** The token of a client that sends it as username or as password, as WebDAV clients do. */
function basicToken(directory: Directory, authorization: string | undefined): string | undefined {
  const [, credentials] = /^basic +(\S+)$/i.exec(authorization ?? '') ?? [];
  const parts = Buffer.from(credentials ?? '', 'base64')
    .toString()
    .split(':');
  return parts.find((part) => directory.find(part)) ?? (credentials === undefined ? undefined : parts.at(-1));
}

/**
 * Forwards a request by a route. Behind Gafaelfawr it needs a token of the user with the scopes, which goes no further;
 * without, everything the client sends goes to the pod.
 */
export function serveRoute(
  directory: Directory,
  { access, upstream }: Route,
  incoming: IncomingMessage,
  response: ServerResponse,
): void {
  const { headers } = incoming;
  const pass = (identity: Readonly<Record<string, string>>, credentials: 'none' | 'all') => {
    if (upstream === null) refuse(response, 503, 'The service has no pod');
    else forward(upstream, identity, incoming, response, credentials);
  };
  if (!access) return pass({}, 'all');
  const { authorization } = headers;
  const token = bearerToken(authorization) ?? basicToken(directory, authorization) ?? sessionToken(headers);
  const user = token === undefined ? undefined : directory.find(token);
  if (!user) return refuse(response, 401, 'Authentication required', 'Basic realm="nublado.example.com"');
  const missing = access.scopes.filter((scope) => !user.scopes.includes(scope));
  if (missing.length > 0) {
    return refuse(response, 403, 'Token missing required scope', insufficientScope(missing.join(' ')));
  }
  if (access.username !== null && access.username !== user.username) {
    return refuse(response, 403, 'Access not allowed for this user');
  }
  pass({ 'x-auth-request-user': user.username }, 'none');
}
