import { DomainError } from '../domain/errors';
import { type IdentityBounds, mayHaveTokens } from '../domain/urls';
import type { User } from '../domain/user';
import { rememberedByToken, type TokenCacheOptions } from '../identity/token-lookup';
import { createDiscoveryClient, type DiscoveryOptions } from './discovery';
import { requestUserInfo } from './user-info';

export interface IdentityOptions extends DiscoveryOptions, TokenCacheOptions {
  /** Where tokens may be sent besides the origin of service discovery. */
  readonly bounds: IdentityBounds;
}

export interface IdentityClient {
  /**
   * Whose token this is, as of at most `userInfoCacheMs` ago. Concurrent lookups of a token share one
   * request; failures are not remembered.
   *
   * @throws DomainError `invalid_token`, `gafaelfawr_error` or `discovery_error`.
   */
  lookup(token: string): Promise<User>;
}

/** A client of the identity service, found through service discovery. Tokens are kept only as hashes. */
export function createIdentityClient(options: IdentityOptions): IdentityClient {
  const discovery = createDiscoveryClient(options);
  const { bounds, repertoireBaseUrl } = options;
  const allBounds = { ...bounds, ownUrls: [...bounds.ownUrls, repertoireBaseUrl] };

  async function request(token: string): Promise<User> {
    const { services } = await discovery.read();
    const url = services.internal['gafaelfawr']?.versions['v1']?.url;
    if (!url) throw new DomainError('discovery_error', 'Service discovery has no version v1 of gafaelfawr');
    if (!URL.canParse(url) || !mayHaveTokens(new URL(url), allBounds)) throw disallowed(url);
    return requestUserInfo(url, token, {
      fetch: options.fetch ?? globalThis.fetch,
      timeoutMs: options.timeoutMs,
    });
  }

  return { lookup: rememberedByToken(request, options) };
}

/** No token has been sent anywhere. */
function disallowed(url: string): DomainError {
  const origin = URL.canParse(url) ? `${new URL(url).protocol}//${new URL(url).host}` : 'what is no URL';
  const message =
    `Service discovery names ${origin} as the identity service, which must not have users' tokens; ` +
    'if it is right, list it in outgoing.identityOrigins (plain HTTP: in outgoing.plainHttpHosts)';
  return new DomainError('discovery_error', message);
}
