import closeWithGrace from 'close-with-grace';
import type { Logger } from 'pino';
import type { Address } from './address';
import type { ProcessContext } from './context';
import { configurationNote } from './live-config';
import { joinPages } from './metrics';
import { buildOps } from './ops';

/** A page for Prometheus; a registry of `prom-client` is one. */
export interface MetricsPage {
  readonly contentType: string;
  readonly metrics: () => Promise<string>;
}

/** Checks of the dependencies of a process, by name; each rejects when its dependency is not usable. */
export type ReadinessChecks = Readonly<Record<string, () => Promise<void>>>;

/** Further fields of a probe's answer, by name; they do not affect readiness. */
export type ReadinessNotes = () => Readonly<Record<string, unknown>>;

/** One of the controller's processes, running; several can share an operating system process. */
export interface Service {
  readonly name: string;
  readonly checks: ReadinessChecks;
  readonly notes?: ReadinessNotes;
  readonly metrics: readonly MetricsPage[];
  /** Finishes work under way, then stops. */
  close(): Promise<void>;
  /** Rejects when the service has failed finally. */
  readonly failed: Promise<never>;
}

/** Listener and metrics of an operating system process besides its services. */
export interface RunOptions {
  /** Address of probes and metrics. */
  readonly ops: Address;
  /** Metrics that belong to no single service. */
  readonly pages: readonly MetricsPage[];
}

/**
 * Closes services concurrently, so that each has the whole grace time. The order does not matter: operations that the
 * API has accepted are in Temporal, for a worker of any process, and the API accepts no more once its close begins.
 *
 * @returns whether all of them closed without an error; each error is logged.
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

/** Runs services until a signal or a failure, then closes all of them within `timeouts.shutdown`. */
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
      // Last, so that probes and metrics are served until all services are closed.
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
