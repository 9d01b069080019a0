import type { Config } from '../../config/config';
import { ConfigError, diagnosticOf } from '../../config/diagnostics';
import { type Fetch, isLoopback } from '../../http/fetch';
import { createIdentityClient } from '../../identity/gafaelfawr';
import { createHubTokenSource } from '../../identity/jupyterhub';
import { createStaticTokenSource } from '../../identity/static';
import type { Address } from '../../process/address';
import type { Authentication } from './authentication';
import { bearerAuthentication } from './bearer';
import { ingressAuthentication } from './ingress';

type Settings = Pick<
  Config,
  'auth' | 'baseUrl' | 'lab' | 'limits' | 'outgoing' | 'repertoireBaseUrl' | 'timeouts'
>;

/**
 * Creates the configured authentication, for an API that listens at `listen`.
 *
 * @throws ConfigError when that address is not safe for it.
 */
export function configuredAuthentication(
  { auth, baseUrl, lab, limits, outgoing, repertoireBaseUrl, timeouts }: Settings,
  listen: Address,
  fetch?: Fetch,
): Authentication {
  const timeoutMs = timeouts.httpClientMs;
  const { tokenLookups } = limits;
  switch (auth.type) {
    case 'gafaelfawr': {
      if (repertoireBaseUrl === null) throw new Error('Gafaelfawr is found through service discovery only');
      const { discoveryCacheMs } = timeouts;
      const { userInfoCacheMs, userInfoCacheSize } = auth;
      return ingressAuthentication(
        createIdentityClient({
          repertoireBaseUrl,
          discoveryCacheMs,
          userInfoCacheMs,
          userInfoCacheSize,
          tokenLookups,
          timeoutMs,
          fetch,
          bounds: { ...outgoing, ownUrls: [baseUrl], labNamespacePrefix: lab.namespacePrefix },
        }),
      );
    }
    case 'static': {
      if (!auth.allowRemote && !isLoopback(listen.host)) throw notLoopback(listen);
      return bearerAuthentication(createStaticTokenSource(auth.users));
    }
    case 'jupyterhub':
      return bearerAuthentication(createHubTokenSource(auth, { timeoutMs, fetch, tokenLookups }));
  }
}

function notLoopback({ host, port }: Address): ConfigError {
  const message =
    `"static" is for one machine, and the API would listen on ${host}:${port}, where others reach it; ` +
    'start with --listen 127.0.0.1:8080, or set auth.allowRemote: true where only an encrypting proxy does';
  return new ConfigError([
    diagnosticOf('error', {
      path: ['auth', 'type'],
      value: '"static"',
      rule: 'conflict',
      message,
      remedy: 'Listen on a loopback address, or set auth.allowRemote.',
    }),
  ]);
}
