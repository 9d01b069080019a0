import closeWithGrace from 'close-with-grace';
import type { Logger } from 'pino';
import type { Address } from './address';
import type { ProcessContext } from './context';
import { configurationNote } from './live-config';
import { joinPages } from './metrics-page';
import { buildOps } from './ops';
import type { MetricsPage, Service } from './service';

/** What an operating system process runs besides its services. */
export interface RunOptions {
  /** Where probes and metrics are served. */
  readonly ops: Address;
  /** Metrics that belong to no single service. */
  readonly pages: readonly MetricsPage[];
}

/**
 * Runs services until a signal or a failure, then closes all of them: the API first, so that nothing new
 * is accepted, then the workers.
 */
export async function runServices(
  context: ProcessContext,
  services: readonly Service[],
  { ops, pages }: RunOptions,
): Promise<void> {
  const { config, logger, temporal } = context;
  const operators = await buildOps({
    logger,
    checks: Object.assign({}, ...services.map(({ checks }) => checks)),
    notes: () => ({
      configuration: configurationNote(context.liveConfig),
      ...Object.assign({}, ...services.map(({ notes }) => notes?.())),
    }),
    metrics: joinPages([...pages, ...services.flatMap(({ metrics }) => metrics)]),
  });
  logger.info({ address: await operators.listen(ops) }, 'probes and metrics served');
  const stop = closeWithGrace(
    { delay: config.timeouts.shutdownMs, logger: closingLogger(logger) },
    async ({ err, signal }) => {
      if (err) logger.fatal({ err }, 'stopping after a failure');
      else logger.info({ signal }, 'stopping');
      for (const service of services) await service.close();
      await operators.close();
      await temporal.close();
      context.liveConfig.close();
      logger.info('stopped');
      if (err) process.exitCode = 1;
    },
  );
  for (const service of services) {
    service.failed.catch((error: unknown) => {
      logger.fatal({ err: error, service: service.name }, 'service failed');
      process.exitCode = 1;
      stop.close();
    });
  }
}

function closingLogger(logger: Logger) {
  return { error: (error: unknown) => logger.error({ err: error }, 'could not stop in good order') };
}
