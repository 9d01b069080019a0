import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { DomainError } from '../../domain/errors';
import type { LastActivity } from '../../domain/last-activity';
import { bearerToken } from '../authentication/bearer';
import { InvalidRequest, toProblems } from '../errors';
import { readJson } from '../http/json';
import type { LabTokens } from '../services/lab-tokens';
import { USAGE_PATH, type UsernameProofs } from '../services/usage-urls';

const instant = z.iso.datetime({ offset: true });

/** The body that `jupyterhub-singleuser` posts to the hub. A user has one lab, so it has at most one server. */
const activityReport = z
  .object({
    last_activity: instant.nullish(),
    servers: z.record(z.string().max(255), z.object({ last_activity: instant })).nullish(),
  })
  .refine(({ servers }) => Object.keys(servers ?? {}).length <= 1, {
    path: ['servers'],
    message: 'Activity of more than one server',
  })
  .refine(({ last_activity, servers }) => last_activity || Object.keys(servers ?? {}).length > 0, {
    message: 'Neither last_activity nor servers',
  });

/** Reads the report of a lab. @throws InvalidRequest */
export function parseUsageReport(username: string, body: unknown): LastActivity {
  const parsed = activityReport.safeParse(body, { reportInput: true });
  if (!parsed.success) {
    throw new InvalidRequest(toProblems(parsed.error.issues, 'body', () => false));
  }
  const { last_activity: ofUser, servers } = parsed.data;
  const [[server, ofServer] = [null, null]] = Object.entries(servers ?? {});
  const instants = [ofUser, ofServer?.last_activity].flatMap((text) => (text ? [Date.parse(text)] : []));
  return { username, server, lastActivityMs: Math.max(...instants) };
}

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
