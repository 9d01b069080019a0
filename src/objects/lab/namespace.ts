import type { V1Namespace } from '@kubernetes/client-node';
import type { Config } from '../../config/config';
import { namespaceName } from '../../domain/names';
import type { PosixUser } from '../../domain/user';
import { labMetadata } from '../labels';
import { type LabObjectsInput, labIdentity } from './input';

type Template = Config['lab']['namespaceAnnotations'][string];

const rendered = (template: Template, user: PosixUser): string =>
  template.map((part) => (typeof part === 'string' ? part : String(user[part.variable]))).join('');

/** The namespace of a user's lab, with the configured annotations filled in. */
export function labNamespace(input: LabObjectsInput): V1Namespace {
  const { config, plan } = input;
  const annotations = Object.fromEntries(
    Object.entries(config.lab.namespaceAnnotations).map(([key, template]) => [
      key,
      rendered(template, plan.user),
    ]),
  );
  const name = namespaceName(config.lab.namespacePrefix, plan.user.username);
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: labMetadata(labIdentity(input), name, undefined, annotations),
  };
}
