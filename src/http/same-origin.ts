import type { Fetch } from './fetch';
import { RedirectRefused } from './fetch';

const MAX_REDIRECTS = 3;

/** A response and its URL after redirects. */
export interface LocatedResponse {
  readonly response: Response;
  readonly url: URL;
}

/**
 * Sends a request and follows up to three redirects within the origin of `url`, for GET and HEAD only; for other
 * methods the redirect itself is returned.
 *
 * @throws RedirectRefused for any other redirect; errors of `fetch`.
 */
export async function fetchWithinOrigin(fetch: Fetch, url: URL, init: RequestInit): Promise<LocatedResponse> {
  const isFollowed = ['GET', 'HEAD'].includes(init.method ?? 'GET');
  let target = url;
  for (let redirects = 0; ; redirects += 1) {
    const response = await fetch(target.href, { ...init, redirect: 'manual' });
    const isRedirect = response.status >= 300 && response.status < 400;
    const location = isRedirect && isFollowed ? response.headers.get('location') : null;
    if (location === null) return { response, url: target };
    await response.body?.cancel();
    target = redirected(target, location);
    if (redirects === MAX_REDIRECTS) throw new RedirectRefused('endless', target.origin);
  }
}

function redirected(from: URL, location: string): URL {
  if (!URL.canParse(location, from.href)) throw new RedirectRefused('no-url', null);
  const to = new URL(location, from);
  if (to.origin !== from.origin || to.username !== '' || to.password !== '') {
    throw new RedirectRefused('elsewhere', `${to.protocol}//${to.host}`);
  }
  return to;
}
