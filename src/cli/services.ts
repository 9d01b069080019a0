import { startApi } from '../api/main';
import { readEnvironment } from '../config/process-environment';
import { freeLoopbackPort, parseAddress } from '../process/address';
import { type ProcessContext, setUpProcess } from '../process/context';
import { temporalPage } from '../process/metrics';
import { type MetricsPage, runServices, type Service } from '../process/run';
import { checkAtStart } from './doctor/at-start';

/** The services of the controller, which can run in separate processes. */
export type ServiceName = 'api' | 'worker' | 'watcher';

export interface ServiceOptions {
  readonly config?: string;
  readonly ops: string;
  readonly listen?: string;
  readonly activityListen?: string;
}

/** Starts services in this process and keeps them running until a signal or a failure. */
export async function startServices(names: readonly ServiceName[], options: ServiceOptions): Promise<void> {
  const context = await setUpProcess(readEnvironment(), options.config);
  const needsNative = names.includes('worker') || names.includes('watcher');
  const pages: MetricsPage[] = needsNative
    ? [context.kubernetesMetrics.registry, await startNativeRuntime(context)]
    : [];
  const services: Service[] = [];
  try {
    services.push(
      checkAtStart(names.length === 1 && names[0] ? names[0] : 'all', context, readEnvironment()),
    );
    for (const name of names) services.push(await startService(name, context, options));
    await runServices(context, services, { ops: parseAddress(options.ops), pages });
  } catch (error) {
    await Promise.all(services.map((service) => service.close()));
    await context.temporal.close();
    throw error;
  }
}

/** The SDK's native part is loaded only by processes that run workers. */
async function startNativeRuntime({ logger }: ProcessContext): Promise<MetricsPage> {
  const { installRuntime } = await import('../temporal/runtime.js');
  const metricsAddress = `127.0.0.1:${await freeLoopbackPort()}`;
  installRuntime({ logger, metricsAddress });
  return temporalPage(metricsAddress);
}

async function startService(
  name: ServiceName,
  context: ProcessContext,
  options: ServiceOptions,
): Promise<Service> {
  switch (name) {
    case 'api': {
      const api = await startApi(context, {
        listen: parseAddress(options.listen ?? '0.0.0.0:8080'),
        activityListen: parseAddress(options.activityListen ?? '0.0.0.0:8082'),
      });
      context.logger.info({ address: api.address }, 'API served');
      return api;
    }
    case 'worker':
      return (await import('../worker/main.js')).startWorker(context);
    case 'watcher':
      return (await import('../watcher/main.js')).startWatcher(context);
  }
}
