import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { DomainError } from '../domain/errors';
import { takeTurns } from './turns';

const DEFAULT_LOOKUPS = 50;

export interface TokenCacheOptions {
  /** How long an answer is used; 0 remembers nothing. */
  readonly userInfoCacheMs: number;
  /** Number of tokens remembered. */
  readonly userInfoCacheSize: number;
  /** Number of tokens looked up at once. */
  readonly tokenLookups?: number;
  /** How long a token is remembered as invalid. */
  readonly invalidMs?: number;
}

/** The form in which tokens are kept and compared: it tells nothing about them. */
export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}

/** A lookup, and whether it is remembered what it would find, or that the token was valid lately. */
export interface TokenLookup<Found> {
  (token: string, address?: string): Promise<Found>;
  readonly remembers: (token: string) => boolean;
}

/** Short, since a token that is made just now may be known a moment later. */
const INVALID_MS = 10_000;

/** How long it is remembered that a token was valid, though not what was found: it may be invalid by now. */
const ONCE_VALID_MS = 12 * 3_600_000;

/** The line of tokens that were valid lately, which those from no address can delay. */
const ONCE_VALID_LINE = 'valid lately';

/**
 * A lookup that remembers what it found for a token, and for a short while that a token is invalid. Concurrent lookups
 * of a token share one request; other failures are not remembered. Lookups that wait are served by turns of the
 * addresses they come from; tokens that were valid lately have a turn of their own.
 *
 * @throws LimitReached when too many lookups wait for their turn.
 */
export function rememberedByToken<Found extends object>(
  request: (token: string) => Promise<Found>,
  {
    userInfoCacheMs,
    userInfoCacheSize,
    tokenLookups = DEFAULT_LOOKUPS,
    invalidMs = INVALID_MS,
  }: TokenCacheOptions,
): TokenLookup<Found> {
  const found = new LRUCache<string, Found>({ max: userInfoCacheSize, ttl: userInfoCacheMs });
  const invalid = new LRUCache<string, DomainError>({ max: userInfoCacheSize, ttl: invalidMs });
  const onceValid = new LRUCache<string, true>({ max: userInfoCacheSize, ttl: ONCE_VALID_MS });
  const requests = new Map<string, Promise<Found>>();
  const inTurn = takeTurns(tokenLookups);

  const remember = (key: string, value: Found): Found => {
    onceValid.set(key, true);
    // To the cache, a time to live of 0 is one without end.
    if (userInfoCacheMs > 0) found.set(key, value);
    return value;
  };
  const lookup = async (token: string, address = ''): Promise<Found> => {
    const key = tokenHash(token);
    const refusal = invalid.get(key);
    if (refusal) throw refusal;
    const known = found.get(key) ?? requests.get(key);
    if (known) return known;
    const line = onceValid.has(key) ? ONCE_VALID_LINE : address;
    const answer = inTurn(line, () => request(token))
      .then(
        (value) => remember(key, value),
        (error: unknown) => {
          const isInvalid = error instanceof DomainError && error.code === 'invalid_token';
          if (isInvalid) onceValid.delete(key);
          if (isInvalid && userInfoCacheMs > 0) invalid.set(key, error);
          throw error;
        },
      )
      .finally(() => requests.delete(key));
    requests.set(key, answer);
    return answer;
  };
  const remembers = (token: string): boolean => {
    const key = tokenHash(token);
    return onceValid.has(key) || requests.has(key) || invalid.has(key);
  };
  return Object.assign(lookup, { remembers });
}
