import type {
  V1ConfigMap,
  V1Namespace,
  V1NetworkPolicy,
  V1PersistentVolumeClaim,
  V1Pod,
  V1ResourceQuota,
  V1Secret,
} from '@kubernetes/client-node';
import { environmentConfigMap } from './environment';
import { filesConfigMap } from './files';
import type { LabObjectsInput } from './input';
import { labNetworkPolicy, labQuota } from './limits';
import { labNamespace } from './namespace';
import { nssConfigMap } from './nss';
import { labPod } from './pod';
import { labSecrets } from './secrets';
import { labClaims } from './volumes';

/** The Kubernetes objects of a lab; the properties, and the items in them, are in creation order. */
export interface LabObjects {
  readonly namespace: V1Namespace;
  readonly claims: readonly V1PersistentVolumeClaim[];
  readonly configMaps: readonly V1ConfigMap[];
  readonly secrets: readonly V1Secret[];
  readonly quota: V1ResourceQuota | null;
  readonly networkPolicy: V1NetworkPolicy;
  /** To be created once the namespace has its default service account. */
  readonly pod: V1Pod;
}

/**
 * Builds a lab's objects. The same input gives the same objects, and the input stays as it is.
 *
 * @throws MissingSecretKey when a configured secret value was not among those read.
 */
export function labObjects(input: LabObjectsInput): LabObjects {
  return {
    namespace: labNamespace(input),
    claims: labClaims(input),
    configMaps: [environmentConfigMap(input), nssConfigMap(input), filesConfigMap(input)],
    secrets: labSecrets(input),
    quota: labQuota(input),
    networkPolicy: labNetworkPolicy(input),
    pod: labPod(input),
  };
}
