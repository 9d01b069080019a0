import { DomainError } from './errors';

/** What the load of the API is limited by, as metrics name it. */
export type LimitName =
  | 'requests'
  | 'requests_of_user'
  | 'event_streams'
  | 'event_streams_of_user'
  | 'spawns_of_user'
  | 'invalid_tokens'
  | 'token_lookups'
  | 'event_loop';

/** Limits that single callers reach, who are answered 429; the others are of the whole process, which answers 503. */
const OF_CALLERS: readonly LimitName[] = [
  'requests_of_user',
  'event_streams_of_user',
  'spawns_of_user',
  'invalid_tokens',
];

const RETRY_AFTER_S = 5;

/** A request that is not served for now, because of what else is under way. */
export class LimitReached extends DomainError {
  constructor(
    readonly limit: LimitName,
    message: string,
    readonly retryAfterS = RETRY_AFTER_S,
  ) {
    super(OF_CALLERS.includes(limit) ? 'too_many_requests' : 'overloaded', message);
  }
}

/** Why a place was not given: all are taken, or all that one user may take. */
export type NoPlace = 'full' | 'user full';

/** Counts what is under way, in all and by user, up to a number of places. */
export class Occupancy {
  private readonly byUser = new Map<string, number>();
  private all = 0;

  constructor(
    private readonly places: number,
    private readonly placesOfUser: number,
  ) {}

  /** Takes a place, on the account of a user if there is one; says why not if it cannot. */
  enter(user: string | null): NoPlace | null {
    const own = user === null ? 0 : (this.byUser.get(user) ?? 0);
    if (own >= this.placesOfUser) return 'user full';
    if (this.all >= this.places) return 'full';
    this.all += 1;
    if (user !== null) this.byUser.set(user, own + 1);
    return null;
  }

  /** Gives a place back that was taken on that account. */
  leave(user: string | null): void {
    this.all -= 1;
    if (user === null) return;
    const rest = (this.byUser.get(user) ?? 1) - 1;
    if (rest > 0) this.byUser.set(user, rest);
    else this.byUser.delete(user);
  }
}
