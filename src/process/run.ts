import closeWithGrace from 'close-with-grace';
import type { Logger } from 'pino';
import type { Address } from './address';
import type { ProcessContext } from './context';
import { configurationNote } from './live-config';
import { joinPages } from './metrics';
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
 * Closes services at the same time, so that one which has much to finish takes nothing from the grace of another. The
 * order does not matter: what the API has accepted is in Temporal, for a worker of any process, and it accepts nothing
 * more from the moment at which its close begins.
 *
 * @returns whether all of them ended in good order; each that did not is logged.
 */
export async function closeServices(
  services: readonly Pick<Service, 'name' | 'close'>[],
  logger: Pick<Logger, 'error'>,
): Promise<boolean> {
  const outcomes = await Promise.all(
    services.map(async (service) => {
      try {
        await service.close();
        return true;
      } catch (error) {
        logger.error({ err: error, service: service.name }, 'a service could not stop in good order');
        return false;
      }
    }),
  );
  return outcomes.every(Boolean);
}

/** Runs services until a signal or a failure, then closes all of them within one budget, `timeouts.shutdown`. */
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
  let hasFailed = false;
  const stop = closeWithGrace(
    { delay: config.timeouts.shutdownMs, logger: closingLogger(logger) },
    async ({ err, signal }) => {
      if (err) logger.fatal({ err }, 'stopping after a failure');
      else logger.info({ signal }, 'stopping');
      const isInOrder = await closeServices(services, logger);
      // Probes are answered, and metrics read, until nothing is under way any more.
      await operators.close();
      await temporal.close();
      context.liveConfig.close();
      logger.info('stopped');
      if (hasFailed || !isInOrder) process.exit(1);
    },
  );
  for (const service of services) {
    service.failed.catch((error: unknown) => {
      logger.fatal({ err: error, service: service.name }, 'service failed');
      hasFailed = true;
      stop.close();
    });
  }
}

function closingLogger(logger: Logger) {
  return { error: (error: unknown) => logger.error({ err: error }, 'could not stop in good order') };
}
