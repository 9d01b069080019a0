import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { DomainError } from '../domain/errors';
import { LimitReached } from '../domain/limits';

/** Waiting tasks of one queue per running task. */
const WAITING_PER_SLOT = 100;

/**
 * Runs at most `slots` tasks at once. Others wait in named queues, which are served round-robin; each queue is first
 * in, first out.
 *
 * @throws LimitReached from a task that would exceed `slots * 100` waiting tasks in its queue.
 */
export function createFairQueue(
  slots: number,
): <Value>(queue: string, task: () => Promise<Value>) => Promise<Value> {
  const queues = new Map<string, (() => void)[]>();
  let running = 0;

  const wait = async (name: string): Promise<void> => {
    const queue = queues.get(name) ?? [];
    if (queue.length >= slots * WAITING_PER_SLOT) {
      throw new LimitReached('token_lookups', 'Too many tokens are being looked up');
    }
    queues.set(name, queue);
    await new Promise<void>((resolve) => queue.push(resolve));
  };

  /** Removes the first task of the next queue, and puts that queue behind the others. */
  const dequeue = (): (() => void) | undefined => {
    const [entry] = queues;
    if (!entry) return undefined;
    const [name, queue] = entry;
    const next = queue.shift();
    queues.delete(name);
    if (queue.length > 0) queues.set(name, queue);
    return next;
  };

  return async (queue, task) => {
    if (running < slots) running += 1;
    else await wait(queue);
    try {
      return await task();
    } finally {
      // The slot goes directly to the next waiting task; a new task cannot overtake it.
      const next = dequeue();
      if (next) next();
      else running -= 1;
    }
  };
}

const DEFAULT_LOOKUPS = 50;

export interface TokenCacheOptions {
  /** How long a found owner is cached, in ms; 0 disables the cache. */
  readonly userInfoCacheMs: number;
  /** Number of tokens in the cache. */
  readonly userInfoCacheSize: number;
  /** Number of concurrent lookups. */
  readonly tokenLookups?: number;
  /** How long an invalid token is cached as such, in ms. */
  readonly invalidMs?: number;
}

/** SHA-256 of a token in base64: the only form in which tokens are stored and compared. */
export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}

/** A lookup; `remembers` is true for a token that was valid lately, is cached as invalid, or is being looked up. */
export interface TokenLookup<Found> {
  (token: string, address?: string): Promise<Found>;
  readonly remembers: (token: string) => boolean;
}

/** Short, since a newly created token may become known a moment later. */
const INVALID_MS = 10_000;

/**
 * How long it is stored that a token was valid, which gives its lookups a queue of their own. The token may be invalid
 * by now.
 */
const ONCE_VALID_MS = 12 * 3_600_000;

/** The queue of tokens that were valid lately; lookups from other addresses cannot delay it. */
const ONCE_VALID_QUEUE = 'valid lately';

/**
 * A lookup with a cache of owners, and for a short time of invalid tokens. Concurrent lookups of a token share one
 * request; other failures are not cached. Waiting lookups are queued per client address, and the queues are served
 * round-robin; tokens that were valid lately have a queue of their own.
 *
 * @throws LimitReached when too many lookups wait.
 */
export function cachedByToken<Found extends object>(
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
  const enqueue = createFairQueue(tokenLookups);

  const remember = (key: string, value: Found): Found => {
    onceValid.set(key, true);
    // LRUCache takes a time to live of 0 as unlimited.
    if (userInfoCacheMs > 0) found.set(key, value);
    return value;
  };
  const lookup = async (token: string, address = ''): Promise<Found> => {
    const key = tokenHash(token);
    const refusal = invalid.get(key);
    if (refusal) throw refusal;
    const known = found.get(key) ?? requests.get(key);
    if (known) return known;
    const queue = onceValid.has(key) ? ONCE_VALID_QUEUE : address;
    const answer = enqueue(queue, () => request(token))
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
