import type { Service } from './endpoints';

/**
 * The address on loopback of a Service that selects pods: the last two bytes are those of its address in the cluster. Null for
 * others.
 */
export function addressOf({ spec }: Service, network: string): string | null {
  if (Object.keys(spec.selector).length === 0) return null;
  const [, host] = /^10\.0\.(\d+\.\d+)$/.exec(spec.clusterIP ?? '') ?? [];
  return host === undefined ? null : `${network}.${host}`;
}
