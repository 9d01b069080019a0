/** An amount of compute: `cpu` in cores, `memory` in bytes. */
export interface ResourceAmount {
  readonly cpu: number;
  readonly memory: number;
}

/** Kubernetes resource limits and requests of a lab. */
export interface LabResources {
  readonly limits: ResourceAmount;
  readonly requests: ResourceAmount;
}

/** Whether a lab with these limits may be spawned under a quota; no quota allows everything. */
export function fitsQuota(limits: ResourceAmount, quota: ResourceAmount | null): boolean {
  return quota === null || (limits.memory <= quota.memory && limits.cpu <= quota.cpu);
}

/**
 * Cores as a decimal with at least one fractional digit: `1.0`, `0.25`. In thousandths, the finest that the API
 * server keeps, and rounded up as it does, so that what is written is what is stored.
 */
export function cpuText(cores: number): string {
  // 0.1 + 0.2 means 300 thousandths, not 301.
  const thousandths = Math.ceil(Number((cores * 1000).toPrecision(12)));
  return (thousandths / 1000).toFixed(3).replace(/0{1,2}$/, '');
}

/** A byte count in decimal digits, rounded down. */
export function bytesText(bytes: number): string {
  return BigInt(Math.trunc(bytes)).toString();
}

const UNITS = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

function memoryLabel(bytes: number): string {
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), UNITS.length - 1);
  return `${Number((bytes / 1024 ** power).toPrecision(6))}${UNITS[power]}`;
}

/** A size with its limits, as menus show it: `Small (1.0 CPU, 3Gi RAM)`. */
export function sizeLabel(size: string, { cpu, memory }: ResourceAmount): string {
  return `${size.charAt(0).toUpperCase()}${size.slice(1)} (${cpuText(cpu)} CPU, ${memoryLabel(memory)} RAM)`;
}
