import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import { clusterWords } from '../../domain/cluster-words';
import { LAB_CONTAINER_NAME } from '../../domain/names';
import type { PodObservation, PodPhase } from '../../domain/pod';
import { CATEGORY_LABEL, spawnIdOf, userOf } from '../labels';
import { holdOn } from './hold';
import {
  isStartedAgain,
  labStatus,
  observeLabContainer,
  type ReportedContainer,
  reportedContainers,
} from './pod-containers';

const PHASES: readonly PodPhase[] = ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'];

/** Waiting reasons of a container that is coming along. */
const ORDINARY_WAITS: readonly string[] = ['ContainerCreating', 'PodInitializing'];

/** Reasons that the kubelet gives to any end of a container. */
const PLAIN_ENDS: readonly string[] = ['Error', 'Completed'];

type Explanation = Pick<
  PodObservation,
  'reason' | 'message' | 'container' | 'image' | 'exitCode' | 'isRetried' | 'isSidecar'
>;

function aboutPod(pod: V1Pod, reason: string | null, message: string | undefined): Explanation {
  const exitCode = labStatus(pod)?.state?.terminated?.exitCode ?? null;
  return { reason, message: clusterWords(message), container: null, image: null, exitCode };
}

/** What was decided about the pod as a whole, such as its eviction. */
function decision(pod: V1Pod): Explanation | null {
  const { reason, message, conditions } = pod.status ?? {};
  if (reason) return aboutPod(pod, reason, message);
  const disruption = conditions?.find(({ type, status }) => type === 'DisruptionTarget' && status === 'True');
  return disruption?.reason ? aboutPod(pod, disruption.reason, disruption.message) : null;
}

function aboutContainer(
  container: V1ContainerStatus,
  reason: string | undefined,
  message: string | undefined,
  exitCode: number | null,
): Explanation {
  const { name, image } = container;
  const words = clusterWords(message);
  return { reason: clusterWords(reason), message: words, container: name, image: image || null, exitCode };
}

/** Why a container has ended badly or does not start. */
function trouble(pod: V1Pod, { status, role, isInit }: ReportedContainer): Explanation | null {
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
    const explanation = aboutContainer(
      status,
      reason,
      last?.message ?? waiting.message,
      last?.exitCode ?? null,
    );
    return { ...explanation, isRetried: true, ...sidecar };
  }
  if (!waiting?.reason || ORDINARY_WAITS.includes(waiting.reason)) return null;
  // A sidecar among the init containers holds up the lab until it has been created, as any init container does.
  return { ...aboutContainer(status, waiting.reason, waiting.message, null), ...(isInit ? {} : sidecar) };
}

function firstTrouble(pod: V1Pod): Explanation | null {
  for (const container of reportedContainers(pod)) {
    const found = trouble(pod, container);
    if (found) return found;
  }
  return null;
}

function placementTrouble(pod: V1Pod): Explanation | null {
  const unscheduled = pod.status?.conditions?.find(
    ({ type, status, reason }) => type === 'PodScheduled' && status === 'False' && reason === 'Unschedulable',
  );
  return unscheduled ? aboutPod(pod, 'Unschedulable', unscheduled.message) : null;
}

/** How the lab's own container has ended, whatever the others do. */
function endOfLab(pod: V1Pod): Explanation | null {
  const lab = labStatus(pod);
  const end = lab?.state?.terminated;
  return lab && end ? aboutContainer(lab, end.reason, end.message, end.exitCode) : null;
}

function explanation(
  pod: V1Pod,
  { phase, lab, isLabRunning }: Pick<PodObservation, 'phase' | 'lab' | 'isLabRunning'>,
): Explanation {
  const nothing = aboutPod(pod, null, undefined);
  switch (phase) {
    case 'Succeeded':
    case 'Failed':
      return decision(pod) ?? endOfLab(pod) ?? firstTrouble(pod) ?? aboutPod(pod, null, pod.status?.message);
    case 'Pending':
    case 'Running':
      if (isLabRunning) return decision(pod) ?? nothing;
      if (lab?.state === 'ended') return decision(pod) ?? endOfLab(pod) ?? nothing;
      return decision(pod) ?? firstTrouble(pod) ?? placementTrouble(pod) ?? nothing;
    case 'Unknown':
      return decision(pod) ?? nothing;
  }
}

/** Whether the lab's container runs. Without a readiness probe it counts as ready as soon as it does. */
function isRunning(pod: V1Pod): boolean {
  const lab = labStatus(pod);
  const probe = pod.spec?.containers.find(({ name }) => name === LAB_CONTAINER_NAME)?.readinessProbe;
  return !!lab?.state?.running && (!probe || lab.ready);
}

/** What the lab's workflow needs of a pod, with the best explanation of an end or of a delay. */
export function observePod(pod: V1Pod): PodObservation {
  const phase = PHASES.find((known) => known === pod.status?.phase) ?? 'Unknown';
  // A pod stays Pending while one of its containers has not started, also if the lab's runs.
  const isLabRunning = (phase === 'Running' || phase === 'Pending') && isRunning(pod);
  const lab = observeLabContainer(pod);
  return {
    uid: pod.metadata?.uid ?? '',
    resourceVersion: pod.metadata?.resourceVersion ?? '',
    spawnId: spawnIdOf(pod),
    phase,
    podIp: pod.status?.podIP ?? null,
    isLabRunning,
    isDeleting: !!pod.metadata?.deletionTimestamp,
    ...explanation(pod, { phase, lab, isLabRunning }),
    ...(lab ? { lab } : {}),
    ...holdOn(pod),
  };
}

/** The user whose lab a pod is, or null for any other pod. */
export function podOwner(pod: V1Pod): string | null {
  return pod.metadata?.labels?.[CATEGORY_LABEL] === 'lab' ? userOf(pod) : null;
}
