import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { Config } from '../config/config';
import { withoutTrailingSlashes } from '../domain/urls';
import type { Fetch } from '../http/fetch';
import { createHubUsageClient } from '../jupyterhub/usage-updates';
import type { Address } from '../process/address';
import { addressOf } from './authentication/invalid-tokens';
import type { Dependencies, Labs } from './dependencies';
import { createListener, type ListenerDependencies } from './http/listener';
import type { ApiMetrics } from './plugins/metrics';
import { provenUsername, type UsageRouteDependencies, usageRoutes } from './routes/usage';
import { createLabTokens } from './services/lab-tokens';
import { createUsageReporter } from './services/usage-reporter';
import type { UsernameProofs } from './services/usage-urls';

/** Timeout of receiving a report. */
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * The route verifies labs. Their requests are counted by the username in the URL if it is proven, since many labs may
 * have one address behind a service mesh or NAT; otherwise by address.
 */
const labAuthentication = (
  proofs: LabsAppDependencies['proofs'],
): ListenerDependencies['authentication'] => ({
  admit: () => Promise.reject(new Error('labs are verified by their route')),
  limitKeyOf(request) {
    const username = provenUsername(request, proofs);
    return username === null ? `address ${addressOf(request)}` : `user ${username}`;
  },
  nameOf: () => null,
  needsLookup: () => false,
});

type LabsAppDependencies = UsageRouteDependencies &
  Omit<ListenerDependencies, 'authentication'> & {
    readonly settings: Pick<Dependencies['settings'], 'limits' | 'pathPrefix'> &
      ListenerDependencies['settings'];
  };

/**
 * Builds the listener for labs, which only has the route of usage reports: the API itself may trust its callers, or the
 * headers of an ingress, and must not be reachable from labs.
 */
export async function buildLabsApp(dependencies: LabsAppDependencies): Promise<FastifyInstance> {
  const { settings } = dependencies;
  const app = await createListener(
    { ...dependencies, authentication: labAuthentication(dependencies.proofs) },
    { requestTimeoutMs: REQUEST_TIMEOUT_MS, served: ['lab'] },
  );
  await app.register(usageRoutes(dependencies), { prefix: withoutTrailingSlashes(settings.pathPrefix) });
  await app.ready();
  return app;
}

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
