import type { IncomingHttpHeaders } from 'node:http';
import { DavError } from '../errors';
import type { ResourcePath, UrlPaths } from './url-paths';

/**
 * Path of the `Destination` header. Its host must be one that the request was sent to, as the client or a proxy says.
 *
 * @throws DavError 400 where there is none; 502 for another server's
 */
export function destinationOf(headers: IncomingHttpHeaders, urls: UrlPaths): ResourcePath {
  const header = headers['destination'];
  if (typeof header !== 'string' || header === '') throw new DavError(400, 'Destination is missing');
  const [, host] = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#]*)/i.exec(header) ?? [];
  if (host === undefined && !header.startsWith('/')) throw new DavError(400, 'Destination is no URL');
  const path = urls.resourceOf(header);
  if ((host !== undefined && !isOwnHost(host, headers)) || path === null) {
    throw new DavError(502, 'Destination is another server');
  }
  return path;
}

/** Whether a host is one that the request was sent to, as the client or a proxy says; ports do not count. */
export function isOwnHost(host: string, headers: IncomingHttpHeaders): boolean {
  const own = [headers.host, headers['x-forwarded-host']].flatMap((each) => String(each ?? '').split(','));
  return own.some((each) => nameOf(each) === nameOf(host));
}

/** Without the port, which proxies change. */
const nameOf = (host: string) => host.trim().toLowerCase().replace(/:\d*$/, '');
