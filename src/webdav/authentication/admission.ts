import { DavError } from '../errors';
import type { Admission } from '../exchange';
import { Attempts } from './attempts';
import { tokenOf } from './credentials';
import { type AskHub, HubUnavailable, type TokenOwner } from './hub';
import { KnownTokens, type Verdict } from './known-tokens';

/** Seconds after which a client may ask again when the hub could not be asked. */
const HUB_WAIT_SECONDS = 5;

/** Time between two reports of a hub that cannot be asked, in milliseconds. */
const REPORT_MS = 60_000;

/** What the admission of requests needs. */
export interface AdmissionOptions {
  /** The user whose files are served. */
  readonly user: string;
  readonly askHub: AskHub;
  /** Milliseconds of a clock that is never set back. */
  readonly now: () => number;
  /** Told at most once a minute why the hub could not be asked; the text holds no token. */
  readonly report: (problem: string) => void;
}

/**
 * Lets in who shows a token of the user, with the scope to reach the user's server in the hub. Tokens are looked up in the
 * hub and remembered for a minute.
 */
export function admissionByHub({ user, askHub, now, report }: AdmissionOptions): Admission {
  const known = new KnownTokens(now);
  const attempts = new Attempts(now);
  const running = new Map<string, Promise<Verdict>>();
  let reportedMs = Number.NEGATIVE_INFINITY;

  const lookUp = async (token: string): Promise<Verdict> => {
    const verdict = await attempts.count(
      async () => verdictOn(await askHub(token), user),
      (result) => result !== 'yes',
    );
    known.keep(token, verdict);
    return verdict;
  };
  const verdictOf = (token: string): Promise<Verdict> => {
    const current = running.get(token);
    if (current !== undefined) return current;
    const waitSeconds = known.wasValid(token) ? 0 : attempts.waitSeconds();
    if (waitSeconds > 0) return Promise.reject(new TooManyAttempts(waitSeconds));
    const lookup = lookUp(token).finally(() => running.delete(token));
    running.set(token, lookup);
    return lookup;
  };

  return async ({ headers }, response) => {
    const challenge = (message: string): DavError => {
      response.setHeader('www-authenticate', `Basic realm="files", charset="UTF-8"`);
      return new DavError(401, message);
    };
    const later = (status: number, seconds: number, message: string): DavError => {
      response.setHeader('retry-after', seconds);
      return new DavError(status, message);
    };
    const token = tokenOf(headers.authorization);
    if (token === null)
      throw challenge('a token of JupyterHub is needed, as the password or as a bearer token');
    let verdict: Verdict;
    try {
      verdict = known.verdictOf(token) ?? (await verdictOf(token));
    } catch (error) {
      if (error instanceof TooManyAttempts)
        throw later(429, error.waitSeconds, 'there were too many wrong tokens');
      if (!(error instanceof HubUnavailable)) throw error;
      if (now() - reportedMs >= REPORT_MS) {
        reportedMs = now();
        report(error.message);
      }
      throw later(503, HUB_WAIT_SECONDS, 'JupyterHub cannot be asked about the token');
    }
    if (verdict === 'unknown') throw challenge('JupyterHub does not know the token');
    if (verdict === 'other-user') throw new DavError(403, 'the token is not that of the user of these files');
    if (verdict === 'scope') throw new DavError(403, 'the token lacks the scope access:servers');
  };
}

class TooManyAttempts extends Error {
  constructor(readonly waitSeconds: number) {
    super('too many wrong tokens');
  }
}

/** Who reaches the user's server reads and writes these files in it. */
function verdictOn(owner: TokenOwner | null, user: string): Verdict {
  if (owner === null) return 'unknown';
  if (owner.kind !== 'user' || owner.name !== user) return 'other-user';
  const scopes = ['access:servers', `access:servers!user=${user}`, `access:servers!server=${user}/`];
  return scopes.some((scope) => owner.scopes.includes(scope)) ? 'yes' : 'scope';
}
