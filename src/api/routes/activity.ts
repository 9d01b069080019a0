import type { FastifyPluginAsync, FastifyReply } from 'fastify';
import type { Activity } from '../../domain/activity';
import { DomainError } from '../../domain/errors';
import { bearerToken } from '../bearer-token';
import { readJson } from '../json';
import { parseActivity } from '../schemas/activity';
import { ACTIVITY_PATH, type NameProofs } from '../services/lab-reporting';
import type { LabTokens } from '../services/lab-tokens';

export interface ActivityRouteDependencies {
  readonly tokens: LabTokens;
  readonly proofs: Pick<NameProofs, 'isOf'>;
  readonly report: (activity: Activity) => void;
}

/** Far more than a report takes. */
const BODY_LIMIT = 16_384;

/** Labs reporting activity as they do to the hub, each by the token that the hub gave it. */
export function activityRoutes({ proofs, tokens, report }: ActivityRouteDependencies): FastifyPluginAsync {
  return async (app) => {
    app.post<{ Params: { readonly username: string }; Querystring: { readonly proof?: unknown } }>(
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
        const { proof } = request.query;
        const isNamedByUs = typeof proof === 'string' && proofs.isOf(username, proof);
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

function challenge(reply: FastifyReply, error = ''): void {
  reply.header('www-authenticate', `Bearer realm="nublado"${error}`);
}
