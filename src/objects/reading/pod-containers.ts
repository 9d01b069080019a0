import { LAB_CONTAINER_NAME } from '../../domain/names';
import type { LabContainer } from '../../domain/pod';
import { flag } from '../../domain/shapes';
import {
  count,
  instant,
  integer,
  ipAddress,
  listOf,
  message,
  named,
  objectOf,
  presence,
  text,
} from './fields';

const terminated = objectOf({ exitCode: integer, reason: text, message, finishedAt: instant });

const containerStatus = named({
  image: text,
  ready: flag,
  restartCount: count,
  state: objectOf({ running: presence, waiting: objectOf({ reason: text, message }), terminated }),
  lastState: objectOf({ terminated }),
});

const container = named({ restartPolicy: text, readinessProbe: presence });

/** The fields of a pod that observations are made of. */
export const podFields = objectOf({
  metadata: objectOf({
    uid: text,
    resourceVersion: text,
    deletionTimestamp: instant,
    finalizers: listOf(text),
  }),
  spec: objectOf({
    nodeName: text,
    restartPolicy: text,
    containers: listOf(container),
    initContainers: listOf(container),
  }),
  status: objectOf({
    phase: text,
    reason: text,
    message,
    podIP: ipAddress,
    conditions: listOf(objectOf({ type: text, status: text, reason: text, message })),
    containerStatuses: listOf(containerStatus),
    initContainerStatuses: listOf(containerStatus),
  }),
});

export type PodFields = NonNullable<ReturnType<typeof podFields>>;

export type ContainerStatus = NonNullable<ReturnType<typeof containerStatus>>;

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
  readonly status: ContainerStatus;
}

/** The status of the lab's own container; undefined as long as the kubelet has not reported it. */
export function labStatus(pod: PodFields): ContainerStatus | undefined {
  return pod.status?.containerStatuses?.find(({ name }) => name === LAB_CONTAINER_NAME);
}

/**
 * The pod's reported containers, those first that can delay the lab: until it has run, those that prepare it. A lab
 * that runs does not depend on init containers any more, whatever their last report says.
 */
export function reportedContainers(pod: PodFields): ReportedContainer[] {
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
export function isStartedAgain(pod: PodFields, name: string, exitCode: number | undefined): boolean {
  const phase = pod.status?.phase;
  if (phase === 'Succeeded' || phase === 'Failed' || pod.metadata?.deletionTimestamp) return false;
  const policy = policyOf(pod, name) ?? pod.spec?.restartPolicy ?? 'Always';
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

/** The state of the lab's own container, whatever the other containers and the pod's phase are. */
export function observeLabContainer(pod: PodFields): LabContainer | undefined {
  const status = labStatus(pod);
  if (!status) return undefined;
  const { state, lastState, restartCount: restarts = 0 } = status;
  if (state?.running) return { state: 'running', restarts };
  if (state?.terminated) {
    const isAgain = isStartedAgain(pod, status.name, state.terminated.exitCode);
    return { state: isAgain ? 'down' : 'ended', restarts };
  }
  return { state: restarts > 0 || lastState?.terminated ? 'down' : 'waiting', restarts };
}

/** The restart policy of one container, where it has one of its own. */
function policyOf({ spec }: PodFields, name: string): string | undefined {
  const containers = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
  return containers.find((container) => container.name === name)?.restartPolicy;
}
