import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { DomainError } from '../../domain/errors';
import { type TokenOwner, type TokenSource, type User, userWithIds } from '../../domain/user';
import { InvalidRequest, toProblems } from '../errors';
import type { Authentication } from './authentication';
import { addressOf } from './invalid-tokens';

const body = z.object({
  user: z.object({
    name: z.string().nullish(),
    uid: z.int(),
    gid: z.int(),
    groups: z.array(z.object({ name: z.string().min(1), id: z.int() })).default([]),
  }),
});

/**
 * Parses the identity that the hub sends with a request for a user's lab, in the body's key `user`.
 *
 * @throws InvalidRequest with all problems.
 */
export function parseSentUser(username: string, sent: unknown): User {
  const parsed = body.safeParse({ user: sent }, { reportInput: true });
  if (!parsed.success) {
    throw new InvalidRequest(toProblems(parsed.error.issues, 'body', () => true));
  }
  const { name, ...ids } = parsed.data.user;
  return userWithIds(username, name ?? null, ids);
}

/** The token of a request, of scheme `Bearer` or JupyterHub's `token`; null without one. */
export function bearerToken({ headers }: Pick<FastifyRequest, 'headers'>): string | null {
  return /^(?:bearer|token) +([\x21-\x7e]+)$/i.exec(headers.authorization ?? '')?.[1] ?? null;
}

const BASIC = /^basic +([\w+/]+={0,2})$/i;

/**
 * The token of a request to a route that people open: browsers have no other way to send one than as the password of
 * HTTP Basic, whose user name does not count.
 */
function tokenOf(request: FastifyRequest): string | null {
  const token = bearerToken(request);
  if (token !== null || !request.routeOptions.config.takesPassword) return token;
  const [, encoded = ''] = BASIC.exec(request.headers.authorization ?? '') ?? [];
  const credentials = Buffer.from(encoded, 'base64').toString();
  const password = credentials.slice(credentials.indexOf(':') + 1);
  return /^[\x21-\x7e]+$/.test(password) ? password : null;
}

/** The challenges of an answer without a valid token. */
function challenges(request: FastifyRequest, bearer: string): string | string[] {
  return request.routeOptions.config.takesPassword
    ? [bearer, 'Basic realm="files", charset="UTF-8"']
    : bearer;
}

/**
 * Authenticates callers by their own bearer token, for installations without an authenticating ingress, whose headers
 * it ignores. Users may act for themselves, administrators for every user.
 */
export function bearerAuthentication(source: TokenSource): Authentication {
  const owners = new WeakMap<FastifyRequest, TokenOwner>();

  const ownerOf = (request: FastifyRequest): TokenOwner => {
    const owner = owners.get(request);
    if (!owner) throw new Error('the request was not admitted');
    return owner;
  };

  const requireUser = (request: FastifyRequest, username: string): void => {
    const { user, isAdministrator } = ownerOf(request);
    if (user?.username !== username && !isAdministrator) throw permissionDenied();
  };

  return {
    async admit(request, reply) {
      const owner = await identifiedOwner(request, reply, source);
      owners.set(request, owner);
      if (request.routeOptions.config.access !== 'user' && !owner.isAdministrator) {
        throw new DomainError('permission_denied', 'Only administrators may do this');
      }
    },

    needsLookup(request) {
      const token = tokenOf(request);
      return token !== null && source.remembers?.(token) === false;
    },

    limitKeyOf(request) {
      const { name, isAdministrator } = ownerOf(request);
      if (!isAdministrator) return `user ${name}`;
      const username = usernameIn(request);
      return username === null ? null : `administrators for ${username}`;
    },

    nameOf: (request) => owners.get(request)?.name ?? null,

    requireName(request) {
      const { user } = ownerOf(request);
      if (!user) throw new DomainError('permission_denied', 'This token does not act for a user');
      return user.username;
    },

    requireUser,

    problems: () => [],

    async identify(request) {
      const { user, isAdministrator } = ownerOf(request);
      return {
        actFor(username, sentUser) {
          requireUser(request, username);
          const isSent = sentUser !== undefined && sentUser !== null;
          if (isSent && !isAdministrator) {
            throw new DomainError('permission_denied', 'Only administrators may say who a user is', [
              'body',
              'user',
            ]);
          }
          if (isSent) return { user: parseSentUser(username, sentUser), token: null };
          const known = user?.username === username ? user : source.userNamed(username);
          return { user: known, token: null };
        },
      };
    },
  };
}

async function identifiedOwner(
  request: FastifyRequest,
  reply: FastifyReply,
  source: TokenSource,
): Promise<TokenOwner> {
  const token = tokenOf(request);
  if (token === null) {
    reply.header('www-authenticate', challenges(request, 'Bearer realm="nublado"'));
    throw new DomainError('missing_token', 'A token is needed: Authorization: Bearer <token>');
  }
  return source.ownerOf(token, addressOf(request)).catch((error: unknown) => {
    if (error instanceof DomainError && error.code === 'invalid_token') {
      reply.header('www-authenticate', challenges(request, 'Bearer realm="nublado", error="invalid_token"'));
    }
    throw error;
  });
}

/** The username in the path of a request. */
function usernameIn({ params }: FastifyRequest): string | null {
  const { username } = params as { readonly username?: string };
  return username ?? null;
}

function permissionDenied(): DomainError {
  return new DomainError('permission_denied', 'Permission denied');
}
