import type { V1ConfigMap } from '@kubernetes/client-node';
import { labMetadata } from '../labels';
import { type LabObjectsInput, labIdentity } from './input';

/** An immutable ConfigMap in the lab's namespace. */
export function labConfigMap(
  input: LabObjectsInput,
  name: string,
  data: Record<string, string>,
): V1ConfigMap {
  const { namespace } = input.plan;
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: labMetadata(labIdentity(input), name, namespace),
    immutable: true,
    data,
  };
}
