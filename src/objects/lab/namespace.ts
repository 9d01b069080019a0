import type { V1Namespace } from '@kubernetes/client-node';
import { renderTemplate } from '../../domain/template';
import { labMetadata } from '../labels';
import { type LabObjectsInput, labIdentity } from './input';

/** The namespace of a user's lab, with the configured annotations filled in. */
export function labNamespace(input: LabObjectsInput): V1Namespace {
  const { config, plan } = input;
  const annotations = Object.fromEntries(
    Object.entries(config.lab.namespaceAnnotations).map(([key, template]) => [
      key,
      renderTemplate(template, plan.user),
    ]),
  );
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: labMetadata(labIdentity(input), plan.namespace, undefined, annotations),
  };
}
