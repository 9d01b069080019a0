import type { FastifyBaseLogger } from 'fastify';
import type { Config } from '../config/config';
import type { Fetch } from '../http/fetch';
import { createHubUsageClient } from '../jupyterhub/activity-updates';
import type { Address } from '../process/address';
import type { Dependencies, Labs } from './dependencies';
import { buildLabsApp } from './labs-app';
import type { ApiMetrics } from './plugins/metrics';
import { createUsageReporter } from './services/activity-stream';
import type { UsernameProofs } from './services/lab-reporting';
import { createLabTokens } from './services/lab-tokens';

export interface UsageServiceOptions {
  readonly config: Pick<Config, 'hub' | 'limits' | 'pathPrefix' | 'timeouts'>;
  /** Replaces the persistent connection where requests to the hub go through a proxy. */
  readonly fetch?: Fetch | undefined;
  readonly listen: Address;
  readonly labs: Pick<Labs, 'list' | 'read'>;
  readonly proofs: Pick<UsernameProofs, 'isOf'>;
  readonly logger: FastifyBaseLogger;
  readonly metrics: ApiMetrics;
  readonly reportFailure: Dependencies['reportFailure'];
}

/** The listener and reporter, to be closed with the API. */
export interface UsageService {
  close(): Promise<void>;
}

/** Receives usage reports of labs and updates the hub; null for an installation whose labs report to the hub. */
export async function startUsageService(options: UsageServiceOptions): Promise<UsageService | null> {
  const { config, fetch, listen, labs, logger, metrics, proofs, reportFailure } = options;
  const { hub } = config;
  if (!hub?.aggregateActivity) return null;
  const stream = createUsageReporter({
    hub: createHubUsageClient({ ...hub, fetch }),
    intervalMs: hub.activityUpdateIntervalMs,
    logger,
    registry: metrics.registry,
  });
  const tokens = createLabTokens(labs);
  const app = await buildLabsApp({
    settings: config,
    logger,
    metrics,
    reportFailure,
    tokens,
    proofs,
    report: (activity) => stream.report(activity),
  });
  async function close(): Promise<void> {
    await app.close();
    await stream.close();
  }
  try {
    logger.info({ address: await app.listen(listen) }, 'reports of activity taken');
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}
