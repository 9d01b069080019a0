import type { FastifyReply, FastifyRequest } from 'fastify';
import type { User } from '../../domain/user';
import type { Problem } from '../errors';

/**
 * Who may call a route: every client; users, where the route checks which ones; administrators; or labs with their
 * token of the hub, which the route verifies.
 */
export type Access = 'public' | 'user' | 'administrator' | 'lab';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call a route. Required: with a route without it the process does not start. */
    access?: Access;
    /** A route that people open in browsers, where a token may also be sent as the password of HTTP Basic. */
    takesPassword?: boolean;
  }
}

/** The user of a lab, with the token that acts on their behalf; null where there is none to delegate. */
export interface DelegatedUser {
  readonly user: User;
  readonly token: string | null;
}

/** An identified caller. */
export interface Caller {
  /**
   * The user of this name, if the caller may act for them. `sentUser` is what came with the request as that user's
   * identity.
   *
   * @throws DomainError `permission_denied` when not; InvalidRequest for an identity that cannot be read.
   */
  actFor(username: string, sentUser?: unknown): DelegatedUser;
}

/** Identifies callers and checks their permissions. */
export interface Authentication {
  /**
   * Checks a request by the route's `access`, before its body is read.
   *
   * @throws DomainError when the caller may not call the route.
   */
  admit(request: FastifyRequest, reply: FastifyReply): Promise<void>;
  /** Whether `admit` has to look up a token, which was not valid lately, in another service. */
  needsLookup(request: FastifyRequest): boolean;
  /**
   * The limit key of a request: of the calling user, or of all administrators who act for a user; null for no limit. A
   * user's own requests and those of administrators for them have different keys.
   */
  limitKeyOf(request: FastifyRequest): string | null;
  /** The caller's name for logs; null where none is known. */
  nameOf(request: FastifyRequest): string | null;
  /** The calling user's name. @throws InvalidRequest or DomainError `permission_denied` when no user calls. */
  requireName(request: FastifyRequest): string;
  /** @throws DomainError `permission_denied` unless the caller may read this user's data; or as `requireName`. */
  requireUser(request: FastifyRequest, username: string): void;
  /** Problems of a request because of which its caller cannot be identified. */
  problems(request: FastifyRequest): Problem[];
  /** @throws InvalidRequest with those problems; DomainError `invalid_token` or what the identity source throws. */
  identify(request: FastifyRequest): Promise<Caller>;
}
