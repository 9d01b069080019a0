import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { DomainError } from '../domain/errors';
import type { User } from '../domain/user';
import { createDiscoveryClient, type DiscoveryOptions } from './discovery';
import { requestUserInfo } from './user-info';

export interface IdentityOptions extends DiscoveryOptions {
  readonly userInfoCacheMs: number;
  /** Number of tokens remembered. */
  readonly userInfoCacheSize: number;
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
  const users = new LRUCache<string, User>({ max: options.userInfoCacheSize, ttl: options.userInfoCacheMs });
  const lookups = new Map<string, Promise<User>>();

  async function request(token: string): Promise<User> {
    const { services } = await discovery.read();
    const url = services.internal['gafaelfawr']?.versions['v1']?.url;
    if (!url) throw new DomainError('discovery_error', 'Service discovery has no version v1 of gafaelfawr');
    return requestUserInfo(url, token, {
      fetch: options.fetch ?? globalThis.fetch,
      timeoutMs: options.timeoutMs,
    });
  }

  return {
    async lookup(token) {
      const key = createHash('sha256').update(token).digest('base64');
      const cached = users.get(key) ?? lookups.get(key);
      if (cached) return cached;
      const lookup = request(token)
        .then((user) => {
          users.set(key, user);
          return user;
        })
        .finally(() => lookups.delete(key));
      lookups.set(key, lookup);
      return lookup;
    },
  };
}
