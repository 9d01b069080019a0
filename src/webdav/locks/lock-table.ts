import { randomUUID } from 'node:crypto';
import { DavError } from '../errors';
import { isWithin, parentOf, type ResourcePath } from '../request/url-paths';

/** A write lock (RFC 4918, section 6). */
export interface Lock {
  readonly token: string;
  readonly path: ResourcePath;
  /** URL path of what was locked, as the client named it. */
  readonly href: string;
  readonly scope: 'exclusive' | 'shared';
  readonly depth: '0' | 'infinity';
  /** What the client says of its user: XML. */
  readonly owner: string;
  readonly seconds: number;
  /** Milliseconds since 1970. */
  readonly expiresMs: number;
}

/** What a client asks for. */
export type LockRequest = Omit<Lock, 'token' | 'expiresMs'>;

/** Most locks at a time. */
const MAX_LOCKS = 10_000;

/** The locks of one server, in its memory: RFC 4918 lets a server lose them, and their owners ask again. */
export class LockTable {
  readonly #locks = new Map<string, Lock>();
  readonly #byPath = new Map<ResourcePath, Set<Lock>>();
  readonly #now: () => number;

  /** @param now the time in milliseconds since 1970 */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Number of locks that are held. */
  get size(): number {
    return this.#locks.size;
  }

  /** Locks that cover a resource: its own, and those of collections above that reach down to it. */
  covering(path: ResourcePath): Lock[] {
    if (this.#locks.size === 0) return [];
    const found = this.#at(path);
    for (let above = path; above !== '/'; ) {
      above = parentOf(above);
      found.push(...this.#at(above).filter(({ depth }) => depth === 'infinity'));
    }
    return found;
  }

  /** Locks of a resource and of everything below it. */
  within(path: ResourcePath): Lock[] {
    return [...this.#locks.values()].filter((lock) => isWithin(lock.path, path) && this.#isAlive(lock));
  }

  /**
   * Takes a lock.
   *
   * @throws DavError 423 with the one in its way; 507 when there are too many.
   */
  take(request: LockRequest): Lock {
    const others = this.covering(request.path);
    if (request.depth === 'infinity') others.push(...this.within(request.path));
    const obstacle = others.find(({ scope }) => scope === 'exclusive' || request.scope === 'exclusive');
    if (obstacle) throw new DavError(423, 'it is locked', 'no-conflicting-lock', [obstacle.href]);
    if (this.#locks.size >= MAX_LOCKS) this.#forgetExpired();
    if (this.#locks.size >= MAX_LOCKS) throw new DavError(507, 'there are too many locks');
    const lock = { ...request, token: `urn:uuid:${randomUUID()}`, expiresMs: this.#expiry(request.seconds) };
    this.#add(lock);
    return lock;
  }

  /** Prolongs a lock. */
  refresh(lock: Lock, seconds: number): Lock {
    const renewed = { ...lock, seconds, expiresMs: this.#expiry(seconds) };
    this.#remove(lock);
    this.#add(renewed);
    return renewed;
  }

  /** Gives up the lock of a token that covers the resource. @throws DavError 409 where there is none. */
  release(path: ResourcePath, token: string): void {
    const lock = this.covering(path).find((each) => each.token === token);
    if (!lock) {
      throw new DavError(409, 'the resource has no such lock', 'lock-token-matches-request-uri');
    }
    this.#remove(lock);
  }

  /** Forgets the locks of what was deleted or moved away. */
  forget(path: ResourcePath): void {
    for (const lock of this.within(path)) this.#remove(lock);
  }

  /** Forgets the locks below a collection that was replaced; its own stays with the name. */
  forgetBelow(path: ResourcePath): void {
    for (const lock of this.within(path)) if (lock.path !== path) this.#remove(lock);
  }

  #at(path: ResourcePath): Lock[] {
    return [...(this.#byPath.get(path) ?? [])].filter((lock) => this.#isAlive(lock));
  }

  #isAlive(lock: Lock): boolean {
    if (lock.expiresMs > this.#now()) return true;
    this.#remove(lock);
    return false;
  }

  #forgetExpired(): void {
    for (const lock of this.#locks.values()) this.#isAlive(lock);
  }

  #expiry(seconds: number): number {
    return this.#now() + seconds * 1000;
  }

  #add(lock: Lock): void {
    this.#locks.set(lock.token, lock);
    const there = this.#byPath.get(lock.path);
    if (there) there.add(lock);
    else this.#byPath.set(lock.path, new Set([lock]));
  }

  #remove(lock: Lock): void {
    this.#locks.delete(lock.token);
    const there = this.#byPath.get(lock.path);
    there?.delete(lock);
    if (there?.size === 0) this.#byPath.delete(lock.path);
  }
}
