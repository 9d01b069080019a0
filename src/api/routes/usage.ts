import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '../../domain/errors';
import type { LastActivity } from '../../domain/last-activity';
import { bearerToken } from '../authentication/bearer';
import { readJson } from '../http/json';
import { parseUsageReport } from '../schemas/usage';
import type { LabTokens } from '../services/lab-tokens';
import { USAGE_PATH, type UsernameProofs } from '../services/usage-urls';

export interface UsageRouteDependencies {
  readonly tokens: LabTokens;
  readonly proofs: Pick<UsernameProofs, 'isOf'>;
  readonly report: (activity: LastActivity) => void;
}

/** Largest body of a report in bytes; ordinary ones are far smaller. */
const BODY_LIMIT = 16_384;

/** Usage reports of labs, in the format of the hub's API, authenticated by the lab's token of the hub. */
export function usageRoutes({ proofs, tokens, report }: UsageRouteDependencies): FastifyPluginAsync {
  return async (app) => {
    app.post<{ Params: { readonly username: string } }>(
      USAGE_PATH,
      { bodyLimit: BODY_LIMIT, config: { access: 'lab' } },
      async (request, reply) => {
        const { username } = request.params;
        const token = bearerToken(request);
        if (token === null) {
          challenge(reply);
          throw new DomainError('missing_token', 'A token is needed: Authorization: token <token>');
        }
        // Labs that were accepted by earlier versions have a URL without a proof.
        const isUsernameProven = provenUsername(request, proofs) !== null;
        await tokens.verify(username, token, isUsernameProven).catch((error: unknown) => {
          if (error instanceof DomainError && error.code === 'invalid_token') {
            challenge(reply, ', error="invalid_token"');
          }
          throw error;
        });
        report(parseUsageReport(username, readJson(request.body, request.headers['content-type'])));
        return reply.code(204).send();
      },
    );
  };
}

/** The username in the URL of a report, if its proof is valid; null otherwise. */
export function provenUsername(
  { params, query }: Pick<FastifyRequest, 'params' | 'query'>,
  proofs: UsageRouteDependencies['proofs'],
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
