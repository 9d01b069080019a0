import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Whether a token opens the files: `yes`, or why not. */
export type Verdict = 'yes' | 'unknown' | 'other-user' | 'scope';

/** How long a verdict holds, in milliseconds: a revoked token may open the files for so long. */
export const HOLDS_MS = 60_000;

/** The same for a refusal: a token that has just been made may become known a moment later. */
const REFUSED_MS = 10_000;

/** Most tokens that are kept. One user has a few; the others are attempts. */
const MAX_TOKENS = 64;

interface Known {
  readonly digest: Buffer;
  readonly verdict: Verdict;
  readonly untilMs: number;
}

/** Verdicts about tokens that were looked up lately. Tokens are kept as digests under a key of this process only. */
export class KnownTokens {
  readonly #key = randomBytes(32);
  readonly #now: () => number;
  /** The latest last. */
  #known: Known[] = [];

  /** @param now milliseconds of a clock that is never set back */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** The verdict about a token; null for none that holds. The time it takes tells nothing of the tokens kept. */
  verdictOf(token: string): Verdict | null {
    const known = this.#find(token);
    return known !== null && known.untilMs > this.#now() ? known.verdict : null;
  }

  /** Whether a token opened the files when it was looked up last. */
  wasValid(token: string): boolean {
    return this.#find(token)?.verdict === 'yes';
  }

  /** Keeps a verdict. Where there are too many, the oldest refusal goes first. */
  keep(token: string, verdict: Verdict): void {
    const digest = this.#digestOf(token);
    const others = this.#known.filter((known) => !timingSafeEqual(known.digest, digest));
    if (others.length >= MAX_TOKENS) {
      const refusal = others.findIndex((known) => known.verdict !== 'yes');
      others.splice(Math.max(refusal, 0), 1);
    }
    const untilMs = this.#now() + (verdict === 'yes' ? HOLDS_MS : REFUSED_MS);
    this.#known = [...others, { digest, verdict, untilMs }];
  }

  #find(token: string): Known | null {
    const digest = this.#digestOf(token);
    let found: Known | null = null;
    for (const known of this.#known) if (timingSafeEqual(known.digest, digest)) found = known;
    return found;
  }

  #digestOf(token: string): Buffer {
    return createHmac('sha256', this.#key).update(token).digest();
  }
}
