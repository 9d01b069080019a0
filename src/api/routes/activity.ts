import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '../../domain/errors';
import type { LastActivity } from '../../domain/last-activity';
import { bearerToken } from '../bearer-token';
import { readJson } from '../json';
import { parseActivity } from '../schemas/activity';
import { ACTIVITY_PATH, type NameProofs } from '../services/lab-reporting';
import type { LabTokens } from '../services/lab-tokens';

export interface ActivityRouteDependencies {
  readonly tokens: LabTokens;
  readonly proofs: Pick<NameProofs, 'isOf'>;
  readonly report: (activity: LastActivity) => void;
}

/** Far more than a report takes. */
const BODY_LIMIT = 16_384;

/** Labs reporting activity as they do to the hub, each by the token that the hub gave it. */
export function activityRoutes({ proofs, tokens, report }: ActivityRouteDependencies): FastifyPluginAsync {
  return async (app) => {
    app.post<{ Params: { readonly username: string } }>(
      ACTIVITY_PATH,
      { bodyLimit: BODY_LIMIT, config: { access: 'lab' } },
      async (request, reply) => {
        const { username } = request.params;
        const token = bearerToken(request);
        if (token === null) {
          challenge(reply);
          throw new DomainError('missing_token', 'A token is needed: Authorization: token <token>');
        }
        // Labs that were accepted before there were proofs have a URL without one.
        const isNamedByUs = provenName(request, proofs) !== null;
        await tokens.verify(username, token, isNamedByUs).catch((error: unknown) => {
          if (error instanceof DomainError && error.code === 'invalid_token') {
            challenge(reply, ', error="invalid_token"');
          }
          throw error;
        });
        report(parseActivity(username, readJson(request.body, request.headers['content-type'])));
        return reply.code(204).send();
      },
    );
  };
}

/** The user in the URL of a report, if the controller put the name there; null otherwise. */
export function provenName(
  { params, query }: Pick<FastifyRequest, 'params' | 'query'>,
  proofs: ActivityRouteDependencies['proofs'],
): string | null {
  const { username } = params as { readonly username?: string };
  const { proof } = query as { readonly proof?: unknown };
  return username !== undefined && typeof proof === 'string' && proofs.isOf(username, proof)
    ? username
    : null;
}

function challenge(reply: FastifyReply, error = ''): void {
  reply.header('www-authenticate', `Bearer realm="nublado"${error}`);
}
