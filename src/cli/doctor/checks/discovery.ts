import { createDiscoveryClient } from '../../../discovery/repertoire';
import { type Check, failed, ok, skipped } from '../check';
import { withoutSecrets } from '../reason';

/** Service discovery answers, and names the identity service where that authenticates callers. */
export const discovery: Check = {
  name: 'discovery',
  parts: ['api', 'worker', 'all'],
  isLoggedByServices: true,
  remedy:
    'Correct REPERTOIRE_BASE_URL (`repertoireBaseUrl`), the base URL of Repertoire without `/discovery`; network policies ' +
    'must let this pod out to it.',
  async ask({ config, outgoing, remainingMs }) {
    const { auth, repertoireBaseUrl } = config;
    if (repertoireBaseUrl === null) return skipped('REPERTOIRE_BASE_URL is not set');
    const client = createDiscoveryClient({
      repertoireBaseUrl,
      discoveryCacheMs: 0,
      timeoutMs: remainingMs(),
      fetch: outgoing.services,
    });
    const { services } = await client.read();
    if (auth.type === 'gafaelfawr' && !services.internal['gafaelfawr']) {
      return failed(
        'it does not name Gafaelfawr, which is to authenticate users',
        'Have service discovery list Gafaelfawr among its internal services, or choose another auth.type.',
      );
    }
    return ok(withoutSecrets(repertoireBaseUrl));
  },
};
