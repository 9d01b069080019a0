import type { FastifyReply, FastifyRequest } from 'fastify';
import type { User } from '../../domain/user';
import type { Problem } from '../errors';

/**
 * Who may call a route: everybody; users, for which the route checks itself; administrators; or labs with the token
 * that the hub gave them, which the route verifies itself.
 */
export type Access = 'public' | 'user' | 'administrator' | 'lab';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call a route. Required: a route without it keeps the process from starting. */
    access?: Access;
  }
}

/** The user a lab is made for, with the token that acts on their behalf; null where there is none to delegate. */
export interface DelegatedUser {
  readonly user: User;
  readonly token: string | null;
}

/** A caller who has been identified. */
export interface Caller {
  /**
   * The user of this name, if the caller may act for them. `sentUser` is what came with the request as that user's
   * identity.
   *
   * @throws DomainError `permission_denied` when not; InvalidRequest for an identity that cannot be read.
   */
  actFor(username: string, sentUser?: unknown): DelegatedUser;
}

/** Finds out who calls, and holds callers to what they may do. */
export interface Authentication {
  /**
   * Lets a request pass before anything of it is read, as far as the route's `access` can tell.
   *
   * @throws DomainError when it must not.
   */
  admit(request: FastifyRequest, reply: FastifyReply): Promise<void>;
  /** Whether `admit` has to ask another service about a caller by a token that has not been valid lately. */
  needsLookup(request: FastifyRequest): boolean;
  /**
   * Whose share of the service a request takes: the caller's, or that of all administrators who act for a user; null if
   * none. A user's own requests and those of administrators for them are apart.
   */
  limitKeyOf(request: FastifyRequest): string | null;
  /** The name that logs show for a request; null where none is known. */
  nameOf(request: FastifyRequest): string | null;
  /** The calling user's name. @throws InvalidRequest or DomainError `permission_denied` when no user calls. */
  requireName(request: FastifyRequest): string;
  /** @throws DomainError `permission_denied` unless the caller may see what is this user's; or as `requireName`. */
  requireUser(request: FastifyRequest, username: string): void;
  /** What a request lacks for its caller to be identified; empty when nothing. */
  problems(request: FastifyRequest): Problem[];
  /** @throws InvalidRequest with those problems; DomainError `invalid_token` or what the identity source throws. */
  identify(request: FastifyRequest): Promise<Caller>;
}
