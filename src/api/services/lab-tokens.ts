import { timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { DomainError } from '../../domain/errors';
import { LAB_STATUSES } from '../../domain/lab';
import { tokenHash } from '../../identity/token-lookup';
import type { Labs } from '../dependencies';
import { recent } from './recent';

/** Authenticates labs by their token of the hub. */
export interface LabTokens {
  /**
   * Verifies the token of a report. `isUsernameProven` means that the URL has a valid proof of the name; for any other
   * name a lab is looked up only if it is in the list of labs.
   *
   * @throws DomainError `invalid_token` unless this is the token of this user's present lab; or as `Labs`.
   */
  readonly verify: (username: string, token: string, isUsernameProven: boolean) => Promise<void>;
}

export interface LabTokenOptions {
  /** How long a lab's digest is cached. */
  readonly rememberMs?: number;
  /** How long it is used to refuse another token, which may be that of a newer lab. */
  readonly doubtMs?: number;
  /** How long a list of labs is cached. */
  readonly listMs?: number;
}

/** Maximum number of cached labs. */
const MAX_LABS = 10_000;

/**
 * Verifies tokens by the digests in the records of labs. Digests are cached, so that reports cost few requests to
 * Temporal: wrong tokens cost one in a few seconds per user, invented names none.
 */
export function createLabTokens(
  { list, read }: Pick<Labs, 'list' | 'read'>,
  { rememberMs = 300_000, doubtMs = 5_000, listMs = 30_000 }: LabTokenOptions = {},
): LabTokens {
  const remembered = new LRUCache<string, { readonly digest: string | null; readonly atMs: number }>({
    max: MAX_LABS,
    ttl: rememberMs,
  });
  const present = recent(async () => new Set(await list(LAB_STATUSES)), listMs);
  const reading = new Map<string, Promise<string | null>>();

  const readDigest = (username: string): Promise<string | null> => {
    const present = reading.get(username);
    if (present) return present;
    const digest = digestOf(read, username)
      .then((digest) => {
        remembered.set(username, { digest, atMs: performance.now() });
        return digest;
      })
      .finally(() => reading.delete(username));
    reading.set(username, digest);
    return digest;
  };

  return {
    async verify(username, token, isUsernameProven) {
      const digest = tokenHash(token);
      const known = remembered.get(username);
      if (known && isSame(digest, known.digest)) return;
      const isFresh = known && performance.now() - known.atMs < doubtMs;
      if (isFresh || !(isUsernameProven || (await present()).has(username))) throw invalidToken();
      if (!isSame(digest, await readDigest(username))) throw invalidToken();
    },
  };
}

/** The digest of the user's present lab; null where there is no lab, or it has no token. */
async function digestOf(read: Labs['read'], username: string): Promise<string | null> {
  try {
    return (await read(username)).hubTokenDigest ?? null;
  } catch (error) {
    if (error instanceof DomainError && error.code === 'unknown_user') return null;
    throw error;
  }
}

function invalidToken(): DomainError {
  return new DomainError('invalid_token', 'Token is not that of a lab of this user');
}

function isSame(digest: string, known: string | null): boolean {
  const [given, expected] = [Buffer.from(digest), Buffer.from(known ?? '')];
  return given.length === expected.length && timingSafeEqual(given, expected);
}
