import type { KubernetesObject } from '@kubernetes/client-node';
import { collectionPath } from '../../src/kubernetes/paths';
import { parseQuantity } from '../../src/objects/reading/recovery';
import type { KubernetesApi } from '../../stack/kubernetes-api';

const AMOUNTS = ['cpu', 'memory', 'storage', 'limits.cpu', 'limits.memory', 'sizeLimit'];

const isDefaultToleration = (value: unknown): boolean =>
  /^node\.kubernetes\.io\/(not-ready|unreachable)$/.test((value as { key?: string } | null)?.key ?? '');

const isNothing = (key: string, value: unknown): boolean =>
  (key === 'readOnly' && value === false) ||
  (key === 'data' && Object.keys(value as object).length === 0) ||
  (Array.isArray(value) && value.length === 0);

/** An object with numbers for quantities, without what the API server adds by default or leaves out. */
export function essence(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => !isDefaultToleration(item)).map(essence);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .filter(([key, content]) => !isNothing(key, content))
    .map(([key, content]) => [
      // The name in the client's types.
      key === '_from' ? 'from' : key,
      AMOUNTS.includes(key) && typeof content === 'string' ? parseQuantity(content) : essence(content),
    ]);
  return Object.fromEntries(entries);
}

/** The object of a manifest's kind, namespace and name, as the API server has it. */
export async function storedObject(api: KubernetesApi, manifest: KubernetesObject): Promise<unknown> {
  return (await api.send('GET', `${collectionPath(manifest)}/${manifest.metadata?.name}`)).body;
}
