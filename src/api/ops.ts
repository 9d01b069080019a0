import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import type { ReadinessChecks } from './dependencies';
import { requestLog } from './plugins/request-log';
import { healthRoutes } from './routes/health';

/** A page for Prometheus; a registry of `prom-client` is one. */
export interface MetricsPage {
  readonly contentType: string;
  readonly metrics: () => Promise<string>;
}

/** Composes the operators' listener: probes and metrics, apart from the API so that load cannot starve them. */
export async function buildOps(dependencies: {
  readonly logger: FastifyBaseLogger;
  readonly checks: ReadinessChecks;
  readonly metrics: MetricsPage;
}): Promise<FastifyInstance> {
  const { metrics } = dependencies;
  const app = fastify({
    loggerInstance: dependencies.logger,
    logController: new LogController({ disableRequestLogging: true }),
  });
  await app.register(requestLog);
  await app.register(healthRoutes(dependencies.checks));
  app.get('/metrics', { config: { isProbe: true } }, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.metrics()),
  );
  await app.ready();
  return app;
}
