import type { FastifyInstance } from 'fastify';
import { withoutTrailingSlashes } from '../domain/trailing-slashes';
import { healthRoutes } from '../process/health';
import type { Dependencies } from './dependencies';
import { createListener } from './listener';
import { documentation } from './plugins/documentation';
import { createLabRoutes } from './routes/create-lab';
import { eventRoutes } from './routes/events';
import { imageRoutes } from './routes/images';
import { indexRoutes } from './routes/index-page';
import { labFormRoutes } from './routes/lab-form';
import { labHistoryRoutes } from './routes/lab-history';
import { labRoutes } from './routes/labs';
import { userStatusRoutes } from './routes/user-status';
import { readMetadata } from './schemas/metadata';

/** How long a client may take to send a request. Answers have no such limit: streams and deletes are long. */
const REQUEST_TIMEOUT_MS = 30_000;

/**
 * Composes the API. The caller listens and closes; closing ends open event streams and waits for requests that
 * are being answered.
 */
export async function buildApp(dependencies: Dependencies): Promise<FastifyInstance> {
  const { authentication, settings, checks, notes } = dependencies;
  const root = withoutTrailingSlashes(settings.pathPrefix);
  const metadata = readMetadata(settings.name);

  const app = await createListener(dependencies, REQUEST_TIMEOUT_MS);
  await app.register(documentation, { root, metadata });

  await app.register(indexRoutes(root, metadata));
  await app.register(healthRoutes(checks, notes));
  await app.register(
    async (admitted) => {
      admitted.addHook('onRequest', (request, reply) => authentication.admit(request, reply));
      await admitted.register(labRoutes(dependencies));
      await admitted.register(createLabRoutes(root, dependencies));
      await admitted.register(eventRoutes(dependencies));
      await admitted.register(userStatusRoutes(dependencies));
      await admitted.register(labHistoryRoutes(dependencies));
      await admitted.register(labFormRoutes(dependencies));
      await admitted.register(imageRoutes(dependencies));
    },
    { prefix: root },
  );
  await app.ready();
  return app;
}
