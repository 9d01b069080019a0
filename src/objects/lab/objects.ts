import type {
  V1ConfigMap,
  V1Namespace,
  V1NetworkPolicy,
  V1PersistentVolumeClaim,
  V1Pod,
  V1ResourceQuota,
  V1Secret,
} from '@kubernetes/client-node';
import { environmentConfigMap, filesConfigMap, nssConfigMap } from './config-maps';
import { type LabObjectsInput, labObjectSet } from './input';
import { labNamespace, labNetworkPolicy, labQuota } from './namespace';
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
 * Builds a lab's objects. The same input gives the same objects; the input is not changed.
 *
 * @throws MissingSecretKey when a configured secret value was not among those read.
 */
export function labObjects(input: LabObjectsInput): LabObjects {
  const set = labObjectSet(input);
  return {
    namespace: labNamespace(set),
    claims: labClaims(set),
    configMaps: [environmentConfigMap(set), nssConfigMap(set), filesConfigMap(set)],
    secrets: labSecrets(set),
    quota: labQuota(set),
    networkPolicy: labNetworkPolicy(set),
    pod: labPod(set),
  };
}
