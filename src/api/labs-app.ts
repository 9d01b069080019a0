import fastify, { type FastifyInstance, type FastifyReply, LogController } from 'fastify';
import type { Dependencies } from './dependencies';
import { errorAnswers } from './plugins/error-answers';
import { measuring } from './plugins/metrics';
import { requestLog } from './plugins/request-log';
import { routeSchemas } from './plugins/schemas';
import { unknownPaths } from './plugins/unknown-paths';
import { type ActivityRouteDependencies, activityRoutes } from './routes/activity';

/** How long a lab may take to send a report. */
const REQUEST_TIMEOUT_MS = 10_000;

/** Longest username; anything longer matches no route. */
const MAX_PARAMETER_LENGTH = 256;

type LabsAppDependencies = ActivityRouteDependencies &
  Pick<Dependencies, 'logger' | 'metrics' | 'reportFailure'> & {
    readonly settings: Pick<Dependencies['settings'], 'pathPrefix'>;
  };

/**
 * Composes what labs reach, which is nothing but their own reports: the API itself may trust its callers, or the
 * headers of an ingress, and must not be reachable from labs.
 */
export async function buildLabsApp(dependencies: LabsAppDependencies): Promise<FastifyInstance> {
  const { logger, metrics, reportFailure, settings } = dependencies;
  const authentication = { nameOf: () => null };
  const app = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    requestTimeout: REQUEST_TIMEOUT_MS,
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
  await app.register(activityRoutes(dependencies), { prefix: settings.pathPrefix.replace(/\/+$/, '') });
  await app.ready();
  return app;
}
