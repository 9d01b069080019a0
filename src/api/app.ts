import type { FastifyInstance } from 'fastify';
import { isPrefixOfFileServers } from '../domain/file-server-key';
import { withoutTrailingSlashes } from '../domain/urls';
import { healthRoutes } from '../process/ops';
import type { Dependencies } from './dependencies';
import { createListener } from './http/listener';
import { documentation } from './plugins/documentation';
import { createLabRoutes } from './routes/create-lab';
import { eventRoutes } from './routes/events';
import { fileServerAdministrationRoutes } from './routes/file-server-administration';
import { fileServerRoutes } from './routes/file-servers';
import { fsadminRoutes } from './routes/fsadmin';
import { imageRoutes } from './routes/images';
import { indexRoutes, readMetadata } from './routes/index-page';
import { labFormRoutes } from './routes/lab-form';
import { labHistoryRoutes } from './routes/lab-history';
import { labRoutes, userStatusRoutes } from './routes/labs';

/** Timeout of receiving a request. */
const REQUEST_TIMEOUT_MS = 30_000;

/**
 * Builds the API. The caller listens and closes; closing ends open event streams and waits for requests under way.
 */
export async function buildApp(dependencies: Dependencies): Promise<FastifyInstance> {
  const { settings, checks, notes } = dependencies;
  const root = withoutTrailingSlashes(settings.pathPrefix);
  const metadata = readMetadata(settings.name);

  const app = await createListener(dependencies, {
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    served: ['public', 'user', 'administrator'],
  });
  await app.register(documentation, { root, metadata });

  await app.register(indexRoutes(root, metadata));
  await app.register(healthRoutes(checks, notes));
  await app.register(
    async (routes) => {
      await routes.register(labRoutes(dependencies));
      await routes.register(createLabRoutes(root, dependencies));
      await routes.register(eventRoutes(dependencies));
      await routes.register(userStatusRoutes(dependencies));
      await routes.register(labHistoryRoutes(dependencies));
      await routes.register(labFormRoutes(dependencies));
      await routes.register(imageRoutes(dependencies));
      await routes.register(fileServerAdministrationRoutes(dependencies));
      await routes.register(fsadminRoutes(dependencies));
    },
    { prefix: root },
  );
  if (canServeFiles(settings)) await app.register(fileServerRoutes(dependencies));
  await app.ready();
  return app;
}

/**
 * Whether the path prefix of file servers has room for their routes. Where file servers are enabled the configuration
 * has been checked for that; where they are not, any prefix may be configured.
 */
function canServeFiles({ fileserver, pathPrefix }: Dependencies['settings']): boolean {
  return isPrefixOfFileServers(fileserver.pathPrefix, pathPrefix);
}
