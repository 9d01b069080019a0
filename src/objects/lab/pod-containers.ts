import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import { LAB_CONTAINER_NAME } from '../../domain/names';
import type { LabContainer } from '../../domain/pod';

/**
 * What a container is for: `init` prepares the lab and must complete, `sidecar` accompanies it, as an init container
 * with `restartPolicy: Always` or as a further container of the pod.
 */
export type ContainerRole = 'lab' | 'init' | 'sidecar';

/** A container as the kubelet reports it. */
export interface ReportedContainer {
  readonly role: ContainerRole;
  /** Whether it is one of the pod's init containers, for which those after it wait. */
  readonly isInit: boolean;
  readonly status: V1ContainerStatus;
}

/** The lab's own container; undefined as long as the kubelet has not reported it. */
export function labStatus(pod: V1Pod): V1ContainerStatus | undefined {
  return pod.status?.containerStatuses?.find(({ name }) => name === LAB_CONTAINER_NAME);
}

/**
 * The pod's reported containers, those first that are most likely to hold up the lab: as long as it has not run, those
 * that prepare it. A lab that runs is not held up by them any more, whatever their last report says.
 */
export function reportedContainers(pod: V1Pod): ReportedContainer[] {
  const init = (pod.status?.initContainerStatuses ?? []).map((status): ReportedContainer => {
    const isSidecar = policyOf(pod, status.name) === 'Always';
    return { role: isSidecar ? 'sidecar' : 'init', isInit: true, status };
  });
  const others = (pod.status?.containerStatuses ?? []).map(
    (status): ReportedContainer => ({
      role: status.name === LAB_CONTAINER_NAME ? 'lab' : 'sidecar',
      isInit: false,
      status,
    }),
  );
  const all = [...init, ...others];
  return orderOf(observeLabContainer(pod)).flatMap((wanted) => all.filter(({ role }) => role === wanted));
}

function orderOf(lab: LabContainer | undefined): readonly ContainerRole[] {
  if (lab?.state === 'running') return ['lab', 'sidecar'];
  return lab?.state === 'down' ? ['lab', 'init', 'sidecar'] : ['init', 'lab', 'sidecar'];
}

/** Whether the kubelet, by the pod's own policy, starts a container again that has ended with this exit code. */
export function isStartedAgain(pod: V1Pod, name: string, exitCode: number): boolean {
  const phase = pod.status?.phase;
  if (phase === 'Succeeded' || phase === 'Failed' || pod.metadata?.deletionTimestamp) return false;
  const policy = policyOf(pod, name) ?? pod.spec?.restartPolicy ?? 'Always';
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

/** What has become of the lab's own container, whatever the other containers and the pod's phase are. */
export function observeLabContainer(pod: V1Pod): LabContainer | undefined {
  const status = labStatus(pod);
  if (!status) return undefined;
  const { state, lastState, restartCount: restarts } = status;
  if (state?.running) return { state: 'running', restarts };
  if (state?.terminated) {
    const isAgain = isStartedAgain(pod, status.name, state.terminated.exitCode);
    return { state: isAgain ? 'down' : 'ended', restarts };
  }
  return { state: restarts > 0 || lastState?.terminated ? 'down' : 'waiting', restarts };
}

/** The restart policy of one container, where it has one of its own. */
function policyOf({ spec }: V1Pod, name: string): string | undefined {
  const containers = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
  return containers.find((container) => container.name === name)?.restartPolicy;
}
