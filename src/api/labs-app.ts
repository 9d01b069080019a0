import type { FastifyInstance } from 'fastify';
import { withoutTrailingSlashes } from '../domain/urls';
import type { Dependencies } from './dependencies';
import { addressOf } from './invalid-tokens';
import { createListener, type ListenerDependencies } from './listener';
import { provenUsername, type UsageRouteDependencies, usageRoutes } from './routes/activity';

/** Timeout of receiving a report. */
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * The route verifies labs. Their requests are counted by the username in the URL if it is proven, since many labs may
 * have one address behind a service mesh or NAT; otherwise by address.
 */
const labs = (proofs: LabsAppDependencies['proofs']): ListenerDependencies['authentication'] => ({
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
    { ...dependencies, authentication: labs(dependencies.proofs) },
    { requestTimeoutMs: REQUEST_TIMEOUT_MS, served: ['lab'] },
  );
  await app.register(usageRoutes(dependencies), { prefix: withoutTrailingSlashes(settings.pathPrefix) });
  await app.ready();
  return app;
}
