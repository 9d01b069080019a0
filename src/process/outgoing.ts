import type { Config } from '../config/config';
import { isInsideCluster } from '../domain/urls';
import type { Fetch } from '../http/fetch';
import { isLoopback } from '../http/loopback';
import { type Proxies, proxiedFetch } from '../http/proxies';

/** Clients for services other than Kubernetes and Temporal. */
export interface Outgoing {
  /** For image registries and their token services. */
  readonly registries: Fetch;
  /** For service discovery, the identity service and JupyterHub; undefined where each client uses its own. */
  readonly services: Fetch | undefined;
}

/** Creates the clients with the proxies of the environment, as configured. */
export function outgoingOf({ proxies, outgoing }: Pick<Config, 'outgoing' | 'proxies'>): Outgoing {
  const settings: Proxies = {
    https: proxies.https?.reveal() ?? null,
    http: proxies.http?.reveal() ?? null,
    bypass: proxies.bypass,
  };
  if (outgoing.proxies === 'registries') {
    return { registries: proxiedFetch(settings, isInsideCluster), services: undefined };
  }
  return { registries: proxiedFetch(settings, () => false), services: proxiedFetch(settings, isLoopback) };
}
