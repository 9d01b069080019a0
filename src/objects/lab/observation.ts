import type { V1ContainerState, V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import { LAB_CONTAINER_NAME } from '../../domain/names';
import type { PodObservation, PodPhase } from '../../domain/pod';
import { CATEGORY_LABEL, spawnIdOf, USER_LABEL } from '../labels';

const PHASES: readonly PodPhase[] = ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'];

/** Waiting reasons of a container that is coming along. */
const ORDINARY_WAITS: readonly string[] = ['ContainerCreating', 'PodInitializing'];

type Explanation = Pick<PodObservation, 'reason' | 'message'>;

const NO_EXPLANATION: Explanation = { reason: null, message: null };

const labStatus = (pod: V1Pod): V1ContainerStatus | undefined =>
  pod.status?.containerStatuses?.find(({ name }) => name === LAB_CONTAINER_NAME);

function ended(pod: V1Pod): Explanation {
  const { status } = pod;
  if (status?.reason) {
    return { reason: status.reason, message: status.message ?? null };
  }
  const lab = labStatus(pod)?.state?.terminated;
  const failedInit = status?.initContainerStatuses?.find(({ state }) => state?.terminated?.exitCode);
  const init = failedInit?.state?.terminated;
  if (failedInit && init) {
    const detail = init.message ?? `exit code ${init.exitCode}`;
    return { reason: init.reason ?? null, message: `Init container ${failedInit.name}: ${detail}` };
  }
  return { reason: lab?.reason ?? null, message: lab?.message ?? status?.message ?? null };
}

const isStuck = (state: V1ContainerState | undefined): boolean =>
  !!state?.waiting?.reason && !ORDINARY_WAITS.includes(state.waiting.reason);

function pending(pod: V1Pod): Explanation {
  const { status } = pod;
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const waiting = containers.find(({ state }) => isStuck(state))?.state?.waiting;
  if (waiting) {
    return { reason: waiting.reason ?? null, message: waiting.message ?? null };
  }
  const unscheduled = status?.conditions?.find(
    ({ type, status, reason }) => type === 'PodScheduled' && status === 'False' && reason === 'Unschedulable',
  );
  return unscheduled ? { reason: 'Unschedulable', message: unscheduled.message ?? null } : NO_EXPLANATION;
}

function explanation(pod: V1Pod, phase: PodPhase): Explanation {
  switch (phase) {
    case 'Succeeded':
    case 'Failed':
      return ended(pod);
    case 'Pending':
      return pending(pod);
    case 'Running':
    case 'Unknown':
      return NO_EXPLANATION;
  }
}

/** What the lab's workflow needs of a pod, with the best explanation of an end or of a delay. */
export function observePod(pod: V1Pod): PodObservation {
  const phase = PHASES.find((known) => known === pod.status?.phase) ?? 'Unknown';
  return {
    uid: pod.metadata?.uid ?? '',
    resourceVersion: pod.metadata?.resourceVersion ?? '',
    spawnId: spawnIdOf(pod),
    phase,
    podIp: pod.status?.podIP ?? null,
    isDeleting: !!pod.metadata?.deletionTimestamp,
    ...explanation(pod, phase),
    exitCode: labStatus(pod)?.state?.terminated?.exitCode ?? null,
  };
}

/** The user whose lab a pod is, or null for any other pod. */
export function podOwner(pod: V1Pod): string | null {
  const labels = pod.metadata?.labels;
  return labels?.[CATEGORY_LABEL] === 'lab' ? (labels[USER_LABEL] ?? null) : null;
}
