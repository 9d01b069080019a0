import type { V1Pod } from '@kubernetes/client-node';
import { LAB_CONTAINER_NAME } from '../../domain/names';
import type { PodObservation, PodPhase } from '../../domain/pod';
import { sanitizedMessage } from '../../domain/sanitized-text';
import { homeReport } from './home-report';
import { spawnIdOf } from './labels';
import {
  type ContainerStatus,
  isStartedAgain,
  labStatus,
  observeLabContainer,
  type PodFields,
  podFields,
  type ReportedContainer,
  reportedContainers,
} from './pod-containers';

const PHASES: readonly PodPhase[] = ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'];

/** Waiting reasons of a container that is being started. */
const ORDINARY_WAITS: readonly string[] = ['ContainerCreating', 'PodInitializing'];

/** Reasons that the kubelet gives for any end of a container, which explain nothing. */
const PLAIN_ENDS: readonly string[] = ['Error', 'Completed'];

type Explanation = Pick<
  PodObservation,
  'reason' | 'message' | 'container' | 'image' | 'exitCode' | 'isRetried' | 'isSidecar'
>;

function aboutPod(pod: PodFields, reason: string | undefined, message: string | undefined): Explanation {
  const exitCode = labStatus(pod)?.state?.terminated?.exitCode ?? null;
  return {
    reason: sanitizedMessage(reason),
    message: sanitizedMessage(message),
    container: null,
    image: null,
    exitCode,
  };
}

/** What ends the pod as a whole, such as its eviction. */
function disruption(pod: PodFields): Explanation | null {
  const { reason, message, conditions } = pod.status ?? {};
  if (reason) return aboutPod(pod, reason, message);
  const target = conditions?.find(({ type, status }) => type === 'DisruptionTarget' && status === 'True');
  return target?.reason ? aboutPod(pod, target.reason, target.message) : null;
}

function aboutContainer(
  container: ContainerStatus,
  reason: string | undefined,
  message: string | undefined,
  exitCode: number | undefined,
): Explanation {
  return {
    reason: sanitizedMessage(reason),
    message: sanitizedMessage(message),
    container: container.name,
    image: container.image || null,
    exitCode: exitCode ?? null,
  };
}

/** Why a container has ended badly or does not start. */
function trouble(pod: PodFields, { status, role, isInit }: ReportedContainer): Explanation | null {
  const { waiting, terminated } = status.state ?? {};
  const sidecar = role === 'sidecar' ? ({ isSidecar: true } as const) : {};
  if (terminated && terminated.exitCode !== 0) {
    const { reason, message, exitCode } = terminated;
    const retried = isStartedAgain(pod, status.name, exitCode) ? ({ isRetried: true } as const) : {};
    return { ...aboutContainer(status, reason, message, exitCode), ...retried, ...sidecar };
  }
  if (waiting?.reason === 'CrashLoopBackOff') {
    const last = status.lastState?.terminated;
    const reason = last?.reason && !PLAIN_ENDS.includes(last.reason) ? last.reason : waiting.reason;
    const explanation = aboutContainer(status, reason, last?.message ?? waiting.message, last?.exitCode);
    return { ...explanation, isRetried: true, ...sidecar };
  }
  if (!waiting?.reason || ORDINARY_WAITS.includes(waiting.reason)) return null;
  // A sidecar among the init containers blocks the lab until it has been created, as any init container does.
  return {
    ...aboutContainer(status, waiting.reason, waiting.message, undefined),
    ...(isInit ? {} : sidecar),
  };
}

function firstTrouble(pod: PodFields): Explanation | null {
  for (const container of reportedContainers(pod)) {
    const found = trouble(pod, container);
    if (found) return found;
  }
  return null;
}

function placementTrouble(pod: PodFields): Explanation | null {
  const unscheduled = pod.status?.conditions?.find(
    ({ type, status, reason }) => type === 'PodScheduled' && status === 'False' && reason === 'Unschedulable',
  );
  return unscheduled ? aboutPod(pod, 'Unschedulable', unscheduled.message) : null;
}

/** How the lab's own container has ended, whatever the others do. */
function endOfLab(pod: PodFields): Explanation | null {
  const lab = labStatus(pod);
  const end = lab?.state?.terminated;
  return lab && end ? aboutContainer(lab, end.reason, end.message, end.exitCode) : null;
}

function explanation(
  pod: PodFields,
  { phase, lab, isLabRunning }: Pick<PodObservation, 'phase' | 'lab' | 'isLabRunning'>,
): Explanation {
  const nothing = aboutPod(pod, undefined, undefined);
  switch (phase) {
    case 'Succeeded':
    case 'Failed':
      return (
        disruption(pod) ?? endOfLab(pod) ?? firstTrouble(pod) ?? aboutPod(pod, undefined, pod.status?.message)
      );
    case 'Pending':
    case 'Running':
      if (isLabRunning) return disruption(pod) ?? nothing;
      if (lab?.state === 'ended') return disruption(pod) ?? endOfLab(pod) ?? nothing;
      return disruption(pod) ?? firstTrouble(pod) ?? placementTrouble(pod) ?? nothing;
    case 'Unknown':
      return disruption(pod) ?? nothing;
  }
}

/** Whether the lab's container runs. Without a readiness probe it counts as ready as soon as it does. */
function isRunning(pod: PodFields): boolean {
  const lab = labStatus(pod);
  const probe = pod.spec?.containers?.find(({ name }) => name === LAB_CONTAINER_NAME)?.readinessProbe;
  return lab?.state?.running === true && (!probe || lab.ready === true);
}

const LOST_REASONS: readonly string[] = ['NodeLost', 'NodeNotReady', 'NodeStatusUnknown'];

/**
 * Whether the control plane reports that the pod's node is lost. The node controller then sets the pod's condition
 * `Ready` to false and leaves all that the kubelet last reported, so that the containers still count as ready. A
 * kubelet that is alive never sets it to false without a reason. A pod that had not started is only evicted by the
 * node's taint.
 */
function isNodeLost({ metadata, status }: PodFields): boolean {
  const { phase, reason } = status ?? {};
  if (phase === 'Succeeded' || phase === 'Failed') return false;
  if (phase === 'Unknown' || LOST_REASONS.includes(reason ?? '')) return true;
  const conditions = new Map((status?.conditions ?? []).map((condition) => [condition.type, condition]));
  const ready = conditions.get('Ready');
  if (ready?.status !== 'True' && LOST_REASONS.includes(ready?.reason ?? '')) return true;
  const areContainersReady = conditions.get('ContainersReady')?.status === 'True';
  if (ready?.status === 'False' && !ready.reason && areContainersReady) return true;
  const isEvicted = conditions.get('DisruptionTarget')?.reason === 'DeletionByTaintManager';
  return phase === 'Pending' && isEvicted && !!metadata?.deletionTimestamp;
}

/** Upper bound of finalizers in an observation, which histories contain. */
const MAX_FINALIZERS = 5;

/** What can delay the removal of a pod: a node without a working kubelet, and finalizers once it is deleted. */
function removalDelays(pod: PodFields): Pick<PodObservation, 'lostNode' | 'finalizers'> {
  const { nodeName } = pod.spec ?? {};
  const { deletionTimestamp, finalizers = [] } = pod.metadata ?? {};
  const kept = finalizers.slice(0, MAX_FINALIZERS).map((finalizer) => sanitizedMessage(finalizer) ?? '');
  return {
    ...(nodeName && isNodeLost(pod) ? { lostNode: nodeName } : {}),
    ...(deletionTimestamp && kept.length > 0 ? { finalizers: kept } : {}),
  };
}

/** Reads of a pod what the lab's workflow needs, with the best explanation of an end or of a delay. */
export function observePod(object: V1Pod): PodObservation {
  const pod = podFields(object) ?? {};
  const phase = PHASES.find((known) => known === pod.status?.phase) ?? 'Unknown';
  // A pod stays Pending while one of its containers has not started, also if the lab's runs.
  const isLabRunning = (phase === 'Running' || phase === 'Pending') && isRunning(pod);
  const lab = observeLabContainer(pod);
  const home = homeReport(pod);
  return {
    uid: pod.metadata?.uid ?? '',
    resourceVersion: pod.metadata?.resourceVersion ?? '',
    spawnId: spawnIdOf(object),
    phase,
    podIp: pod.status?.podIP ?? null,
    isLabRunning,
    isDeleting: pod.metadata?.deletionTimestamp !== undefined,
    ...explanation(pod, { phase, lab, isLabRunning }),
    ...(lab ? { lab } : {}),
    ...removalDelays(pod),
    ...(home ? { home } : {}),
  };
}
