import type { User } from './user';

/** Whom a bearer token belongs to, and what it may do here. */
export interface TokenOwner {
  /** Name of the user or service, for logs. */
  readonly name: string;
  /** The user whose lab the token may handle; null for services and for tokens too narrow for that. */
  readonly user: User | null;
  /** Whether the token may handle everybody's labs. */
  readonly isAdministrator: boolean;
}

/** An authority on bearer tokens and on the identities of users. */
export interface TokenSource {
  /**
   * The owner of a token that came from an address, which share the lookups fairly.
   *
   * @throws DomainError `invalid_token` for a token it does not know, `jupyterhub_error` when it cannot tell.
   */
  ownerOf(token: string, address?: string): Promise<TokenOwner>;
  /**
   * Whether a token has been valid lately, or `ownerOf` knows the answer without asking elsewhere; left out where it
   * never asks.
   */
  remembers?(token: string): boolean;
  /** A user as far as the installation knows them by name; without IDs if it does not. */
  userNamed(username: string): User;
}
