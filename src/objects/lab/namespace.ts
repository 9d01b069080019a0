import type { V1Namespace } from '@kubernetes/client-node';
import { namespaceName } from '../../domain/names';
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
  const name = namespaceName(config.lab.namespacePrefix, plan.user.username);
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: labMetadata(labIdentity(input), name, undefined, annotations),
  };
}
