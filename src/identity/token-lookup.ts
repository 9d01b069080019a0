import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';

export interface TokenCacheOptions {
  /** How long an answer is used; 0 remembers nothing. */
  readonly userInfoCacheMs: number;
  /** Number of tokens remembered. */
  readonly userInfoCacheSize: number;
}

/** The form in which tokens are kept and compared: it tells nothing about them. */
export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}

/**
 * A lookup that remembers what it found for a token. Concurrent lookups of a token share one request; failures are
 * not remembered.
 */
export function rememberedByToken<Found extends object>(
  request: (token: string) => Promise<Found>,
  { userInfoCacheMs, userInfoCacheSize }: TokenCacheOptions,
): (token: string) => Promise<Found> {
  const found = new LRUCache<string, Found>({ max: userInfoCacheSize, ttl: userInfoCacheMs });
  const requests = new Map<string, Promise<Found>>();

  return async (token) => {
    const key = tokenHash(token);
    const known = found.get(key) ?? requests.get(key);
    if (known) return known;
    const answer = request(token)
      .then((value) => {
        // To the cache, a time to live of 0 is one without end.
        if (userInfoCacheMs > 0) found.set(key, value);
        return value;
      })
      .finally(() => requests.delete(key));
    requests.set(key, answer);
    return answer;
  };
}
