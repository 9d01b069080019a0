import type { V1Container, V1ContainerStatus, V1Pod } from '@kubernetes/client-node';

/** The main container, which is run after the init containers. Others in the pod are only reported as running. */
export function containerOf(pod: V1Pod): V1Container {
  const [container] = pod.spec?.containers ?? [];
  if (!container) throw new Error(`pod ${pod.metadata?.name} has no container`);
  return container;
}

/** Status of that container; undefined before the first one. */
export function containerStatusOf(pod: V1Pod): V1ContainerStatus | undefined {
  return pod.status?.containerStatuses?.[0];
}

/** Whether a container of the pod is one of its init containers. */
export function isInit(pod: V1Pod, container: V1Container): boolean {
  return positionOf(pod, container) >= 0;
}

/** Index of an init container in its pod. */
export function positionOf({ spec }: V1Pod, { name }: V1Container): number {
  return (spec?.initContainers ?? []).findIndex((container) => container.name === name);
}

/** Status of an init container; undefined before the first one. */
export function initStatusOf({ status }: V1Pod, { name }: V1Container): V1ContainerStatus | undefined {
  return status?.initContainerStatuses?.find((container) => container.name === name);
}

/** The next init container. The first `completed` ones have completed, even if the status is not up to date. */
export function nextInit(pod: V1Pod, completed: number): V1Container | undefined {
  return pod.spec?.initContainers?.find(
    (container, index) =>
      index >= completed && initStatusOf(pod, container)?.state?.terminated?.exitCode !== 0,
  );
}

/** Restart count of a container after its next start. */
export function restartsOf(pod: V1Pod, container: V1Container): number {
  if (!isInit(pod, container)) return containerStatusOf(pod)?.restartCount ?? 0;
  const { restartCount = 0, state } = initStatusOf(pod, container) ?? {};
  return state?.running || state?.terminated ? restartCount + 1 : restartCount;
}

/** The pod phase; empty before it is set. */
export function phaseOf({ status }: V1Pod): string {
  return status?.phase ?? '';
}

/** Whether the pod phase is Succeeded or Failed. */
export function hasEnded(pod: V1Pod): boolean {
  return ['Succeeded', 'Failed'].includes(phaseOf(pod));
}

/** The pod's UID. */
export function uidOf({ metadata }: V1Pod): string {
  return metadata?.uid ?? '';
}

/** The API path of a pod. */
export function pathOf({ metadata }: V1Pod): string {
  return `/api/v1/namespaces/${metadata?.namespace}/pods/${metadata?.name}`;
}

/** The user that a pod is labelled with; without the label its own name. */
export function ownerOf({ metadata }: V1Pod): string {
  return metadata?.labels?.['nublado.lsst.io/user'] ?? metadata?.name ?? '';
}
