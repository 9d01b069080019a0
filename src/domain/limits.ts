import { DomainError } from './errors';

/** The limits of the API's load; values of a label of metrics. */
export type LimitName =
  | 'requests'
  | 'requests_of_user'
  | 'event_streams'
  | 'event_streams_of_user'
  | 'spawns_of_user'
  | 'file_servers_of_user'
  | 'invalid_tokens'
  | 'token_lookups'
  | 'event_loop';

/** Limits of single callers, answered with 429; the others are of the whole process and answered with 503. */
const OF_CALLERS: readonly LimitName[] = [
  'requests_of_user',
  'event_streams_of_user',
  'spawns_of_user',
  'file_servers_of_user',
  'invalid_tokens',
];

const RETRY_AFTER_S = 5;

/** A request was refused because a limit is reached; it may be repeated after `retryAfterS` seconds. */
export class LimitReached extends DomainError {
  constructor(
    readonly limit: LimitName,
    message: string,
    readonly retryAfterS = RETRY_AFTER_S,
  ) {
    super(OF_CALLERS.includes(limit) ? 'too_many_requests' : 'overloaded', message);
  }
}

/** Why no place was taken: all are in use, or all that one user may use. */
export type ConcurrencyRefusal = 'full' | 'user full';

/** Bounds how many requests are in progress, in total and by user. */
export class ConcurrencyLimit {
  private readonly byUser = new Map<string, number>();
  private all = 0;

  constructor(
    private readonly places: number,
    private readonly placesOfUser: number,
  ) {}

  /** Takes a place, counted for a user if there is one. Returns null, or why there is none. */
  enter(user: string | null): ConcurrencyRefusal | null {
    const own = user === null ? 0 : (this.byUser.get(user) ?? 0);
    if (own >= this.placesOfUser) return 'user full';
    if (this.all >= this.places) return 'full';
    this.all += 1;
    if (user !== null) this.byUser.set(user, own + 1);
    return null;
  }

  /** Releases a place that was counted for this user. */
  leave(user: string | null): void {
    this.all -= 1;
    if (user === null) return;
    const rest = (this.byUser.get(user) ?? 1) - 1;
    if (rest > 0) this.byUser.set(user, rest);
    else this.byUser.delete(user);
  }
}
