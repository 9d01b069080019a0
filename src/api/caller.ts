import type { FastifyRequest } from 'fastify';
import { DomainError } from '../domain/errors';
import type { User } from '../domain/user';
import type { IdentitySource } from './dependencies';
import { InvalidRequest, type Problem } from './errors';

const USER_HEADER = 'x-auth-request-user';
const TOKEN_HEADER = 'x-auth-request-token';

/** A user whom the identity service vouches for, with the token that acts on their behalf. */
export interface Caller {
  readonly user: User;
  readonly token: string;
}

type IdentityHeader = typeof USER_HEADER | typeof TOKEN_HEADER;

function headerValue(request: FastifyRequest, header: IdentityHeader): string | undefined {
  const value = request.headers[header];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function problemsOf(request: FastifyRequest, headers: readonly IdentityHeader[]): Problem[] {
  return headers
    .filter((header) => headerValue(request, header) === undefined)
    .map((header) => ({ loc: ['header', header], msg: 'Field required', type: 'missing', input: null }));
}

/** What is wrong with the headers of a route that acts for a resolved user; empty when nothing is. */
export function callerProblems(request: FastifyRequest): Problem[] {
  return problemsOf(request, [USER_HEADER, TOKEN_HEADER]);
}

/** The username the ingress has authenticated, or null where it sent none. */
export function authenticatedName(request: FastifyRequest): string | null {
  return headerValue(request, USER_HEADER) ?? null;
}

/** The same for routes that need it. @throws InvalidRequest when the header is missing. */
export function requireName(request: FastifyRequest): string {
  const username = headerValue(request, USER_HEADER);
  if (username === undefined) {
    throw new InvalidRequest(problemsOf(request, [USER_HEADER]));
  }
  return username;
}

/**
 * Asks the identity service whom the caller's token belongs to.
 *
 * @throws InvalidRequest when a header is missing; DomainError `permission_denied` when the token is somebody
 *   else's, or whatever the identity source throws.
 */
export async function resolveCaller(request: FastifyRequest, identity: IdentitySource): Promise<Caller> {
  const username = requireName(request);
  const token = headerValue(request, TOKEN_HEADER);
  if (token === undefined) {
    throw new InvalidRequest(callerProblems(request));
  }
  const user = await identity.lookup(token);
  requireSameUser(user.username, username);
  return { user, token };
}

/** @throws DomainError `permission_denied` unless both names are the same. */
export function requireSameUser(actual: string, expected: string): void {
  if (actual !== expected) {
    throw new DomainError('permission_denied', 'Permission denied');
  }
}
