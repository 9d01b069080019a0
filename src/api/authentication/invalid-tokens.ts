import type { FastifyInstance, FastifyRequest } from 'fastify';
import { DomainError } from '../../domain/errors';
import { LimitReached } from '../../domain/limits';
import type { Authentication } from './authentication';

const MINUTE_MS = 60_000;

/**
 * The peer's address, since an address in a header could be forged. JupyterHub, whose requests all have one address,
 * sends valid tokens.
 */
export const addressOf = (request: FastifyRequest): string => request.socket.remoteAddress ?? 'unknown';

/**
 * Admits callers, but looks up no more tokens for an address that sent many invalid ones within a minute; tokens that
 * are cached, or were valid lately, are still admitted. The listener must have `@fastify/rate-limit`.
 *
 * @throws LimitReached from `admit`, besides what `authentication` throws.
 */
export function admitWithin(
  perMinute: number,
  app: FastifyInstance,
  authentication: Pick<Authentication, 'admit' | 'needsLookup'>,
): Authentication['admit'] {
  const count = app.createRateLimit({
    max: perMinute - 1,
    timeWindow: MINUTE_MS,
    keyGenerator: addressOf,
  });
  return async (request, reply) => {
    if (!authentication.needsLookup(request)) return authentication.admit(request, reply);
    const invalid = await count(request, { increment: false });
    if (!invalid.isAllowed && invalid.isExceeded) {
      throw new LimitReached('invalid_tokens', 'Too many invalid tokens', invalid.ttlInSeconds);
    }
    return authentication.admit(request, reply).catch(async (error: unknown) => {
      if (error instanceof DomainError && error.code === 'invalid_token') await count(request);
      throw error;
    });
  };
}
