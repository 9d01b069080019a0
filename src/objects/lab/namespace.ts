import type { V1Namespace, V1NetworkPolicy, V1ResourceQuota } from '@kubernetes/client-node';
import { LAB_PORT } from '../../domain/lab-address';
import { bytesText, cpuText } from '../../domain/resources';
import { renderTemplate } from '../../domain/template';
import { objectMetadata } from '../labels';
import { type LabObjectSet, metadataOf } from './input';
import { labSelector } from './metadata';

/** The namespace of a lab, with the configured annotations filled in. */
export function labNamespace({ config, metadata, plan }: LabObjectSet): V1Namespace {
  const annotations = Object.fromEntries(
    Object.entries(config.lab.namespaceAnnotations).map(([key, template]) => [
      key,
      renderTemplate(template, plan.user),
    ]),
  );
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: objectMetadata(metadata, plan.namespace, undefined, annotations),
  };
}

/** The quota of the lab's namespace; null for users without one. */
export function labQuota(set: LabObjectSet): V1ResourceQuota | null {
  const { quota } = set.plan;
  return (
    quota && {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: metadataOf(set, set.names.pod),
      spec: { hard: { 'limits.cpu': cpuText(quota.cpu), 'limits.memory': bytesText(quota.memory) } },
    }
  );
}

/** Admits the user's other namespaces and JupyterHub to the lab's port, and denies all other ingress. */
export function labNetworkPolicy(set: LabObjectSet): V1NetworkPolicy {
  const matchLabels = labSelector(set.lab);
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metadataOf(set, set.names.pod),
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
