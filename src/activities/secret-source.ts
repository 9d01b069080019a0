import type { V1Secret } from '@kubernetes/client-node';
import { LRUCache } from 'lru-cache';
import type { KubernetesClient } from '../kubernetes/client';
import { coreReference } from '../kubernetes/references';
import { ignoreNotFound } from '../kubernetes/verdict';
import type { ReadSecret } from '../objects/lab/input';
import { finalFailure } from './failures';

/** For so long a Secret is not read again: the labs of a burst share one read. */
const LIFETIME_MS = 5_000;

/** More than any configuration names. */
const MOST = 100;

/** The Secrets of the controller's own namespace that are copied to labs. */
export interface SecretSource {
  readonly namespace: string;
  /**
   * Reads a Secret as it was at most five seconds ago.
   *
   * @throws ApplicationFailure `ConfigurationError` where there is none; KubernetesError as every request.
   */
  read(name: string): Promise<ReadSecret>;
}

/** Creates a source that remembers what it has read for a moment. A Secret that is missing is asked for each time. */
export function createSecretSource(
  kubernetes: Pick<KubernetesClient, 'read'>,
  namespace: string,
  perf: { readonly now: () => number } = performance,
): SecretSource {
  const known = new LRUCache<string, ReadSecret>({ max: MOST, ttl: LIFETIME_MS, ttlResolution: 0, perf });
  return {
    namespace,
    async read(name) {
      const remembered = known.get(name);
      if (remembered) return remembered;
      const reference = coreReference('Secret', { name, namespace });
      const secret = await ignoreNotFound(() => kubernetes.read<V1Secret>(reference));
      if (!secret) throw finalFailure('ConfigurationError', `Secret ${namespace}/${name} does not exist`);
      const { type = 'Opaque', data = {} } = secret;
      known.set(name, { type, data });
      return { type, data };
    },
  };
}
