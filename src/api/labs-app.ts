import type { FastifyInstance } from 'fastify';
import { withoutTrailingSlashes } from '../domain/trailing-slashes';
import type { Dependencies } from './dependencies';
import { createListener, type ListenerDependencies } from './listener';
import { type ActivityRouteDependencies, activityRoutes } from './routes/activity';

/** How long a lab may take to send a report. */
const REQUEST_TIMEOUT_MS = 10_000;

type LabsAppDependencies = ActivityRouteDependencies &
  Omit<ListenerDependencies, 'authentication'> & {
    readonly settings: Pick<Dependencies['settings'], 'pathPrefix'>;
  };

/**
 * Composes what labs reach, which is nothing but their own reports: the API itself may trust its callers, or the
 * headers of an ingress, and must not be reachable from labs.
 */
export async function buildLabsApp(dependencies: LabsAppDependencies): Promise<FastifyInstance> {
  const { settings } = dependencies;
  const authentication = { nameOf: () => null };
  const app = await createListener({ ...dependencies, authentication }, REQUEST_TIMEOUT_MS);
  await app.register(activityRoutes(dependencies), { prefix: withoutTrailingSlashes(settings.pathPrefix) });
  await app.ready();
  return app;
}
