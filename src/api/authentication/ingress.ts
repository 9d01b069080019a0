import type { FastifyRequest } from 'fastify';
import { DomainError } from '../../domain/errors';
import type { User } from '../../domain/user';
import { InvalidRequest, type Problem } from '../errors';
import type { Authentication } from './authentication';

/** Looks up the user of a delegated token. */
export interface IdentitySource {
  /** @throws DomainError `invalid_token`, `gafaelfawr_error` or `discovery_error`. */
  lookup(token: string): Promise<User>;
}

const USER_HEADER = 'x-auth-request-user';
const TOKEN_HEADER = 'x-auth-request-token';

type IdentityHeader = typeof USER_HEADER | typeof TOKEN_HEADER;

/**
 * Trusts an authenticating ingress, which sends the caller's name in headers and has checked that they may call the
 * route. `Authorization` is never read.
 */
export function ingressAuthentication(identity: IdentitySource): Authentication {
  return {
    async admit() {},

    needsLookup: () => false,

    limitKeyOf: (request) =>
      request.routeOptions.config.access === 'user' ? (headerValue(request, USER_HEADER) ?? null) : null,

    nameOf: (request) => headerValue(request, USER_HEADER) ?? null,

    requireName,

    requireUser: (request, username) => requireSameUser(username, requireName(request)),

    problems: (request) => problemsOf(request, [USER_HEADER, TOKEN_HEADER]),

    async identify(request) {
      const username = headerValue(request, USER_HEADER);
      const token = headerValue(request, TOKEN_HEADER);
      if (username === undefined || token === undefined) {
        throw new InvalidRequest(problemsOf(request, [USER_HEADER, TOKEN_HEADER]));
      }
      const user = await identity.lookup(token);
      requireSameUser(user.username, username);
      return {
        actFor(wanted) {
          requireSameUser(wanted, user.username);
          return { user, token };
        },
      };
    },
  };
}

function headerValue(request: FastifyRequest, header: IdentityHeader): string | undefined {
  const value = request.headers[header];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function problemsOf(request: FastifyRequest, headers: readonly IdentityHeader[]): Problem[] {
  return headers
    .filter((header) => headerValue(request, header) === undefined)
    .map((header) => ({ loc: ['header', header], msg: 'Field required', type: 'missing', input: null }));
}

function requireName(request: FastifyRequest): string {
  const username = headerValue(request, USER_HEADER);
  if (username === undefined) {
    throw new InvalidRequest(problemsOf(request, [USER_HEADER]));
  }
  return username;
}

function requireSameUser(actual: string, expected: string): void {
  if (actual !== expected) {
    throw new DomainError('permission_denied', 'Permission denied');
  }
}
