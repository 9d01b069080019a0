import type { ResourceAmount } from './resources';

/** Whether a lab with these limits may be spawned under a quota; no quota allows everything. */
export function fitsQuota(limits: ResourceAmount, quota: ResourceAmount | null): boolean {
  return quota === null || (limits.memory <= quota.memory && limits.cpu <= quota.cpu);
}
