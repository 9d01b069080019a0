import type { V1NetworkPolicy, V1ResourceQuota } from '@kubernetes/client-node';
import { bytesText, cpuText } from '../../domain/amounts';
import { LAB_PORT } from '../../domain/lab-url';
import { podName } from '../../domain/names';
import { labMetadata, labSelector } from '../labels';
import { type LabObjectsInput, labIdentity } from './input';

function metadata(input: LabObjectsInput) {
  const { namespace } = input.plan;
  return labMetadata(labIdentity(input), podName(input.plan.user.username), namespace);
}

/** What the lab's namespace may use at most; null for users without a quota. */
export function labQuota(input: LabObjectsInput): V1ResourceQuota | null {
  const { quota } = input.plan;
  return (
    quota && {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: metadata(input),
      spec: { hard: { 'limits.cpu': cpuText(quota.cpu), 'limits.memory': bytesText(quota.memory) } },
    }
  );
}

/** Lets the user's other namespaces and JupyterHub reach the lab's port, and nobody else. */
export function labNetworkPolicy(input: LabObjectsInput): V1NetworkPolicy {
  const matchLabels = labSelector(input.plan.user.username);
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metadata(input),
    spec: {
      policyTypes: ['Ingress'],
      podSelector: { matchLabels },
      ingress: [
        {
          ports: [{ port: LAB_PORT }],
          _from: [
            { namespaceSelector: { matchLabels: { ...matchLabels } } },
            { namespaceSelector: {}, podSelector: { matchLabels: { app: 'jupyterhub' } } },
          ],
        },
      ],
    },
  };
}
