import rateLimit from '@fastify/rate-limit';
import fastify, { type FastifyInstance, type FastifyReply, LogController } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import type { z } from 'zod';
import type { Access, Authentication } from '../authentication/authentication';
import { admitWithin } from '../authentication/invalid-tokens';
import type { Dependencies, LoadSettings } from '../dependencies';
import { InvalidRequest, toProblems } from '../errors';
import { errorAnswers, unknownPaths } from '../plugins/error-answers';
import { eventLoopLimit, loadLimits } from '../plugins/load-limits';
import { measuring } from '../plugins/metrics';
import { requestLog } from '../plugins/request-log';
import { routeAccess } from '../plugins/route-access';
import { shutdownAnswers } from '../plugins/shutdown';

/**
 * The use of route schemas: they parse queries, and only document everything else. Routes check headers and bodies,
 * because the order of those checks is part of the API's contract; the compiler checks responses.
 */
export const routeSchemas = fastifyPlugin(
  async (app) => {
    app.setValidatorCompiler<z.ZodType>(({ httpPart, schema }) => (value: unknown) => {
      if (httpPart !== 'querystring') {
        return { value };
      }
      const parsed = schema.safeParse(value, { reportInput: true });
      return parsed.success
        ? { value: parsed.data }
        : { error: new InvalidRequest(toProblems(parsed.error.issues, 'query', () => true)) };
    });
    app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));

    /* Bodies are not parsed here: routes decide when to parse them. */
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  },
  { name: 'route-schemas' },
);

/** Longest path parameter; a longer one is not a username and matches no route. */
const MAX_PARAMETER_LENGTH = 256;

/** Maximum number of addresses and users that are counted by minute. */
const MAX_COUNTED = 10_000;

/** Largest body in bytes; a spawn's environment has 64 KiB, of which JSON may escape each character as six. */
const BODY_LIMIT = 512 * 1024;

/**
 * Share of the shutdown time for requests under way: ordinary deletions end within it, and the rest is enough to send
 * the remaining usage reports to the hub.
 */
const ANSWER_SHARE = 1 / 2;

/** Interval of checks for connections whose timeout is over. */
const CONNECTION_CHECK_MS = 5_000;

export type ListenerDependencies = Pick<Dependencies, 'logger' | 'metrics' | 'reportFailure'> & {
  readonly authentication: Pick<Authentication, 'limitKeyOf' | 'admit' | 'nameOf' | 'needsLookup'>;
  readonly settings: {
    readonly limits: LoadSettings;
    /** Timeout of the shutdown of the process. */
    readonly timeouts: { readonly shutdownMs: number };
  };
};

export interface ListenerOptions {
  /** Timeout of receiving a request. Responses have none: streams and deletions are long. */
  readonly requestTimeoutMs: number;
  /** The kinds of routes that the listener has. */
  readonly served: readonly Access[];
}

/** A server without routes, with the common access checks, limits, error responses, logs and metrics. */
export async function createListener(
  { authentication, logger, metrics, reportFailure, settings: { limits, timeouts } }: ListenerDependencies,
  { requestTimeoutMs, served }: ListenerOptions,
): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    return503OnClosing: false, // `shutdownAnswers` does, with the documented body.
    requestTimeout: requestTimeoutMs,
    bodyLimit: BODY_LIMIT,
    http: { headersTimeout: limits.requestHeadersMs, connectionsCheckingInterval: CONNECTION_CHECK_MS },
    routerOptions: { maxParamLength: MAX_PARAMETER_LENGTH },
    frameworkErrors(_error, _request, reply: FastifyReply) {
      void reply.code(404).send({ detail: 'Not Found' });
    },
  });
  app.server.maxConnections = limits.connections;
  await app.register(noPipelining);
  await app.register(unknownPaths);
  await app.register(errorAnswers, { authentication, metrics, reportFailure });
  await app.register(measuring, { metrics });
  await app.register(requestLog, { authentication });
  await app.register(shutdownAnswers, { answerMs: timeouts.shutdownMs * ANSWER_SHARE });
  await app.register(routeSchemas);
  await app.register(eventLoopLimit, { maxDelayMs: limits.eventLoopDelayMs });
  await app.register(rateLimit, { global: false, cache: MAX_COUNTED });
  const admit = admitWithin(limits.invalidTokensPerMinute, app, authentication);
  await app.register(routeAccess, { admit, served });
  await app.register(loadLimits, { limits, limitKeyOf: authentication.limitKeyOf, metrics });
  return app;
}

/**
 * Closes connections that send a request before the one before it is answered. The response of such a request has no
 * socket while it waits, and emits neither `finish` nor `close` when the connection ends: slots would never be
 * released. Clients that pipeline have to expect this (RFC 9112, 9.3.2). Must be registered first.
 */
const noPipelining = fastifyPlugin(
  async (app) => {
    app.addHook('onRequest', async (request, reply) => {
      if (reply.raw.socket !== null) return;
      reply.hijack();
      request.raw.socket.destroy();
    });
  },
  { name: 'no-pipelining' },
);
