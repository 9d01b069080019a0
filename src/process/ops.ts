import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { healthRoutes } from './health';
import type { MetricsPage, ReadinessChecks, ReadinessNotes } from './service';

/** Builds the operators' listener: probes and metrics, separate from the API so that load does not delay them. */
export async function buildOps(dependencies: {
  readonly logger: FastifyBaseLogger;
  readonly checks: ReadinessChecks;
  readonly notes: ReadinessNotes;
  readonly metrics: MetricsPage;
}): Promise<FastifyInstance> {
  const { metrics } = dependencies;
  const app = fastify({
    loggerInstance: dependencies.logger,
    logController: new LogController({ disableRequestLogging: true }),
  });
  await app.register(healthRoutes(dependencies.checks, dependencies.notes));
  app.get('/metrics', async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.metrics()),
  );
  await app.ready();
  return app;
}
