import { timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { DomainError } from '../../domain/errors';
import { tokenHash } from '../../identity/token-lookup';
import type { Labs } from '../dependencies';

/** Knows labs by the hub's token that each was given. */
export interface LabTokens {
  /** @throws DomainError `invalid_token` unless this is the token of this user's present lab; or as `Labs.read`. */
  readonly verify: (username: string, token: string) => Promise<void>;
}

export interface LabTokenOptions {
  /** How long a lab's digest is used without looking again. */
  readonly rememberMs?: number;
  /** How long it is used against a token that does not fit, which may be that of a newer lab. */
  readonly doubtMs?: number;
}

/** Number of labs remembered. */
const MAX_LABS = 10_000;

/**
 * Verifies tokens by the digests that labs were accepted with. Digests are remembered for a while, so that Temporal is
 * not asked for every report; a wrong token has it asked once in a few seconds and user.
 */
export function createLabTokens(
  { read }: Pick<Labs, 'read'>,
  { rememberMs = 300_000, doubtMs = 5_000 }: LabTokenOptions = {},
): LabTokens {
  const remembered = new LRUCache<string, { readonly digest: string | null; readonly atMs: number }>({
    max: MAX_LABS,
    ttl: rememberMs,
  });
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
    async verify(username, token) {
      const digest = tokenHash(token);
      const known = remembered.get(username);
      if (known && isSame(digest, known.digest)) return;
      const isFresh = known && performance.now() - known.atMs < doubtMs;
      if (isFresh || !isSame(digest, await readDigest(username))) {
        throw new DomainError('invalid_token', 'Token is not that of a lab of this user');
      }
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

function isSame(digest: string, known: string | null): boolean {
  const [given, expected] = [Buffer.from(digest), Buffer.from(known ?? '')];
  return given.length === expected.length && timingSafeEqual(given, expected);
}
