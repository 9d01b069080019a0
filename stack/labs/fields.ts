import type {
  V1Container,
  V1ObjectFieldSelector,
  V1Pod,
  V1ResourceFieldSelector,
} from '@kubernetes/client-node';
import { parseQuantity } from '../../src/objects/reading/recovery';
import { containerOf } from './pod';

/** Resources of the simulated nodes; the default for limits that are not set. */
const ALLOCATABLE: Readonly<Record<string, string>> = {
  cpu: '1k',
  memory: '1Ti',
  'ephemeral-storage': '10Ti',
};

const SUBSCRIPT = /^metadata\.(labels|annotations)\['(.+)'\]$/;

/** One `key="value"` line per entry, sorted by key. */
function lines(entries: Readonly<Record<string, string>> = {}): string {
  return Object.entries(entries)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join('\n');
}

/** The value of a pod field, as the downward API returns it. */
export function fieldValue({ metadata, spec, status }: V1Pod, { fieldPath }: V1ObjectFieldSelector): string {
  const [, map, key] = SUBSCRIPT.exec(fieldPath) ?? [];
  if (map !== undefined && key !== undefined) {
    return (map === 'labels' ? metadata?.labels : metadata?.annotations)?.[key] ?? '';
  }
  switch (fieldPath) {
    case 'metadata.name':
      return metadata?.name ?? '';
    case 'metadata.namespace':
      return metadata?.namespace ?? '';
    case 'metadata.uid':
      return metadata?.uid ?? '';
    case 'metadata.labels':
      return lines(metadata?.labels);
    case 'metadata.annotations':
      return lines(metadata?.annotations);
    case 'spec.nodeName':
      return spec?.nodeName ?? '';
    case 'spec.serviceAccountName':
      return spec?.serviceAccountName ?? '';
    case 'status.hostIP':
    case 'status.hostIPs':
      return status?.hostIP ?? '';
    case 'status.podIP':
    case 'status.podIPs':
      return status?.podIP ?? '';
    default:
      throw new Error(`unsupported field ${fieldPath}`);
  }
}

/** A limit or request of the named container (default `own`), in units of its divisor, rounded up. */
export function resourceValue(pod: V1Pod, selector: V1ResourceFieldSelector, own?: V1Container): string {
  const { containerName, divisor, resource } = selector;
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  const { resources } = containers.find(({ name }) => name === containerName) ?? own ?? containerOf(pod);
  const [kind, ...rest] = resource.split('.');
  const name = rest.join('.');
  const limit = resources?.limits?.[name] ?? ALLOCATABLE[name] ?? '0';
  const amount = kind === 'limits' ? limit : (resources?.requests?.[name] ?? '0');
  // The API server writes an absent divisor as 0.
  const unit = parseQuantity(divisor ?? '0') || 1;
  return String(Math.ceil(Number(((parseQuantity(amount) ?? Number.NaN) / unit).toPrecision(15))));
}
