import fastify, { type FastifyInstance, type FastifyReply, LogController } from 'fastify';
import type { Authentication } from './authentication';
import type { Dependencies } from './dependencies';
import { errorAnswers } from './plugins/error-answers';
import { measuring } from './plugins/metrics';
import { requestLog } from './plugins/request-log';
import { routeSchemas } from './plugins/schemas';
import { unknownPaths } from './plugins/unknown-paths';

/** Longest path parameter; anything longer is not a username and matches no route. */
const MAX_PARAMETER_LENGTH = 256;

export type ListenerDependencies = Pick<Dependencies, 'logger' | 'metrics' | 'reportFailure'> & {
  readonly authentication: Pick<Authentication, 'nameOf'>;
};

/**
 * A server without routes, which answers errors, logs and measures as all of ours do. A client gets
 * `requestTimeoutMs` to send a request.
 */
export async function createListener(
  { authentication, logger, metrics, reportFailure }: ListenerDependencies,
  requestTimeoutMs: number,
): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    requestTimeout: requestTimeoutMs,
    routerOptions: { maxParamLength: MAX_PARAMETER_LENGTH },
    frameworkErrors(_error, _request, reply: FastifyReply) {
      void reply.code(404).send({ detail: 'Not Found' });
    },
  });
  await app.register(unknownPaths);
  await app.register(errorAnswers, { authentication, reportFailure });
  await app.register(measuring, { metrics });
  await app.register(requestLog, { authentication });
  await app.register(routeSchemas);
  return app;
}
