import type { Config } from '../config/config';
import { createIdentityClient, type IdentityClient } from '../gafaelfawr/identity';
import { createImageSource } from '../images/source';
import type { ProcessContext } from '../process/context';
import type { Service } from '../process/service';
import { ProgressSource } from '../temporal/progress-source';
import { buildApp } from './app';
import { createMetrics } from './plugins/metrics';
import { createLabs } from './services/labs';

/** Where a listener is to be opened; port 0 means any free one. */
export interface ListenOptions {
  readonly host: string;
  readonly port: number;
}

function identityOf({ auth, repertoireBaseUrl, timeouts }: Config): IdentityClient {
  if (auth.type !== 'gafaelfawr' || repertoireBaseUrl === null) {
    throw new Error(`auth.type ${auth.type} is not supported yet`);
  }
  return createIdentityClient({
    repertoireBaseUrl,
    discoveryCacheMs: timeouts.discoveryCacheMs,
    userInfoCacheMs: auth.userInfoCacheMs,
    userInfoCacheSize: auth.userInfoCacheSize,
    timeoutMs: timeouts.httpClientMs,
  });
}

/** Serves the API and returns once it listens. `address` is its URL. */
export async function startApi(
  context: ProcessContext,
  listen: ListenOptions,
): Promise<Service & { readonly address: string }> {
  const { config, logger, temporal } = context;
  const metrics = createMetrics();
  const checks = { temporal: temporal.check };
  const app = await buildApp({
    settings: config,
    logger,
    identity: identityOf(config),
    images: createImageSource(config.images.source),
    sealer: context.sealer,
    labs: createLabs(temporal.client, config),
    progress: new ProgressSource(temporal.client, config.timeouts.eventRetentionMs),
    metrics,
    checks,
    reportFailure: (error, { username }) => logger.error({ err: error, user: username }, 'request failed'),
  });
  const address = await app.listen(listen);
  return {
    name: 'api',
    address,
    checks,
    metrics: [metrics.registry],
    close: () => app.close(),
    failed: new Promise(() => {}),
  };
}
