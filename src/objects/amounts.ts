import type { V1ResourceRequirements } from '@kubernetes/client-node';
import { bytesText, cpuText } from '../domain/amounts';
import type { LabResources, ResourceAmount } from '../domain/resources';

const amount = ({ cpu, memory }: ResourceAmount) => ({ cpu: cpuText(cpu), memory: bytesText(memory) });

/** Resources as a container states them. */
export function containerResources({ limits, requests }: LabResources): V1ResourceRequirements {
  return { limits: amount(limits), requests: amount(requests) };
}
