import type { V1Container, V1ContainerStatus, V1Pod } from '@kubernetes/client-node';

/** The main container, which is run after the init containers; those beside it only look as if they were. */
export function containerOf(pod: V1Pod): V1Container {
  const [container] = pod.spec?.containers ?? [];
  if (!container) throw new Error(`pod ${pod.metadata?.name} has no container`);
  return container;
}

/** What the pod's status says of that container, once it says something. */
export function containerStatusOf(pod: V1Pod): V1ContainerStatus | undefined {
  return pod.status?.containerStatuses?.[0];
}

/** Whether a container of the pod is one of its init containers. */
export function isInit(pod: V1Pod, container: V1Container): boolean {
  return positionOf(pod, container) >= 0;
}

/** The position of an init container among those of its pod. */
export function positionOf({ spec }: V1Pod, { name }: V1Container): number {
  return (spec?.initContainers ?? []).findIndex((container) => container.name === name);
}

/** What the pod's status says of an init container, once it says something. */
export function initStatusOf({ status }: V1Pod, { name }: V1Container): V1ContainerStatus | undefined {
  return status?.initContainerStatuses?.find((container) => container.name === name);
}

/** The init container whose turn it is; the first `completed` have completed, whatever the status still says. */
export function nextInit(pod: V1Pod, completed: number): V1Container | undefined {
  return pod.spec?.initContainers?.find(
    (container, index) =>
      index >= completed && initStatusOf(pod, container)?.state?.terminated?.exitCode !== 0,
  );
}

/** How often a container has been restarted if it is started now. */
export function restartsOf(pod: V1Pod, container: V1Container): number {
  if (!isInit(pod, container)) return containerStatusOf(pod)?.restartCount ?? 0;
  const { restartCount = 0, state } = initStatusOf(pod, container) ?? {};
  return state?.running || state?.terminated ? restartCount + 1 : restartCount;
}

/** The pod's phase; empty as long as nobody has said it. */
export function phaseOf({ status }: V1Pod): string {
  return status?.phase ?? '';
}

/** Whether the pod has ended, well or not. */
export function hasEnded(pod: V1Pod): boolean {
  return ['Succeeded', 'Failed'].includes(phaseOf(pod));
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
