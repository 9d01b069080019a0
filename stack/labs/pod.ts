import type { V1Container, V1ContainerStatus, V1Pod } from '@kubernetes/client-node';

/** The container that is run; others of the pod only look as if they were. */
export function containerOf(pod: V1Pod): V1Container {
  const [container] = pod.spec?.containers ?? [];
  if (!container) throw new Error(`pod ${pod.metadata?.name} has no container`);
  return container;
}

/** What the pod's status says of that container, once it says something. */
export function containerStatusOf(pod: V1Pod): V1ContainerStatus | undefined {
  return pod.status?.containerStatuses?.[0];
}

/** Tells this pod from others of its name. */
export function uidOf({ metadata }: V1Pod): string {
  return metadata?.uid ?? '';
}

/** The API's path of a pod. */
export function pathOf({ metadata }: V1Pod): string {
  return `/api/v1/namespaces/${metadata?.namespace}/pods/${metadata?.name}`;
}

/** Whose lab a pod is; a pod of nobody goes by its own name. */
export function ownerOf({ metadata }: V1Pod): string {
  return metadata?.labels?.['nublado.lsst.io/user'] ?? metadata?.name ?? '';
}
