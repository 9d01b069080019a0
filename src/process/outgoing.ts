import type { Config } from '../config/config';
import { isInsideCluster } from '../domain/urls';
import type { Fetch } from '../http/fetch';
import { isLoopback } from '../http/loopback';
import { type Proxies, proxiedFetch } from '../http/proxies';

/** How services outside of Kubernetes and Temporal are asked. */
export interface Outgoing {
  /** Image registries and their token services. */
  readonly registries: Fetch;
  /** Service discovery, the identity service and JupyterHub; undefined where each client's own way does. */
  readonly services: Fetch | undefined;
}

/** Applies the proxies of the environment as the configuration says. */
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
