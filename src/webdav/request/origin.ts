import type { IncomingHttpHeaders } from 'node:http';
import { DavError } from '../errors';
import { isOwnHost } from './destination';

/** Methods that change nothing; a browser lets no page of another site read their answers. */
const READING = new Set(['GET', 'HEAD', 'OPTIONS', 'PROPFIND']);

/**
 * Refuses changes that pages of other sites ask for: a browser adds the user's credentials to these requests too. Refuses
 * also to let a file become a service worker, which would answer in place of this server from then on. Clients other than
 * browsers send none of the headers.
 *
 * @throws DavError 403
 */
export function checkOrigin(method: string, headers: IncomingHttpHeaders): void {
  if (headers['service-worker'] !== undefined) throw new DavError(403, 'files are no service workers');
  if (READING.has(method)) return;
  const site = headers['sec-fetch-site'];
  const isOwn = site === undefined ? isOwnOrigin(headers) : site === 'same-origin' || site === 'none';
  if (!isOwn) throw new DavError(403, 'pages of other sites may not change files');
}

function isOwnOrigin(headers: IncomingHttpHeaders): boolean {
  const { origin } = headers;
  if (origin === undefined) return true;
  const [, host] = /^https?:\/\/([^/?#@]+)$/i.exec(origin) ?? [];
  return host !== undefined && isOwnHost(host, headers);
}
