import type { IncomingMessage } from 'node:http';
import { accessTo } from './access';
import { bearerToken, INVALID_TOKEN, insufficientScope, MISSING_TOKEN } from './challenge';
import type { Directory } from './directory';
import { loginPath } from './login';
import { sessionToken } from './session';

/** The identity headers to add to a request, or the response that refuses it. */
export type Verdict =
  | { readonly kind: 'pass'; readonly headers: Readonly<Record<string, string>> }
  | { readonly kind: 'login'; readonly path: string }
  | { readonly kind: 'refuse'; readonly status: number; readonly text: string; readonly challenge?: string };

const unauthorized = (text: string, challenge: string): Verdict => ({
  kind: 'refuse',
  status: 401,
  text,
  challenge,
});

/** Whether a browser opens a page, as opposed to requests of programs and scripts. */
export function isNavigation({ headers, method }: IncomingMessage): boolean {
  return method === 'GET' && (headers.accept ?? '').includes('text/html');
}

/** Authorizes a request by its path and its token, which browsers send in a cookie. */
export function judge(directory: Directory, incoming: IncomingMessage): Verdict {
  const url = incoming.url ?? '/';
  const access = accessTo(new URL(url, 'http://localhost').pathname);
  if (!access) return { kind: 'refuse', status: 404, text: 'Not found' };
  if (access.kind === 'anonymous') return { kind: 'pass', headers: {} };
  const token = bearerToken(incoming.headers.authorization) ?? sessionToken(incoming.headers);
  const user = token === undefined ? undefined : directory.find(token);
  if (token === undefined || !user) {
    if (access.hasLogin && isNavigation(incoming)) return { kind: 'login', path: loginPath(url) };
    return token === undefined
      ? unauthorized('Authentication required', MISSING_TOKEN)
      : unauthorized('Token is not valid', INVALID_TOKEN);
  }
  if (!user.scopes.includes(access.scope)) {
    const challenge = insufficientScope(access.scope);
    return { kind: 'refuse', status: 403, text: 'Token missing required scope', challenge };
  }
  const headers: Record<string, string> = { 'x-auth-request-user': user.username };
  if (access.delegate) headers['x-auth-request-token'] = directory.delegate(token, access.delegate);
  return { kind: 'pass', headers };
}
