import type { V1Container, V1Pod } from '@kubernetes/client-node';
import { initStatusOf, nextInit, positionOf } from './pod';
import { type Exit, endedState, type State, statusPatch } from './status';

/** A change of one init container. */
interface Change {
  readonly state: State;
  readonly restartCount?: number;
  readonly isCompleted?: boolean;
}

const hasPodEnded = ({ spec }: V1Pod, { exitCode }: Exit): boolean =>
  exitCode !== 0 && spec?.restartPolicy === 'Never';

/** The status of all init containers, which the API server requires, with the changed one. */
function statuses(pod: V1Pod, changed: V1Container, change: Change): object[] {
  return (pod.spec?.initContainers ?? []).map((container) => {
    const before = initStatusOf(pod, container);
    if (container.name !== changed.name && before) return before;
    const { state, restartCount = before?.restartCount ?? 0, isCompleted = false } = change;
    const { image, name } = container;
    const own = container.name === changed.name ? state : { waiting: { reason: 'PodInitializing' } };
    return { name, image, imageID: image, ready: isCompleted, restartCount, state: own };
  });
}

/** An init container runs; the main one waits. */
export function initRunningPatch(
  pod: V1Pod,
  container: V1Container,
  { startedAt, restarts }: { readonly startedAt: Date; readonly restarts: number },
): object {
  const state = { running: { startedAt: startedAt.toISOString() } };
  return statusPatch(pod, {
    initContainerStatuses: statuses(pod, container, { state, restartCount: restarts }),
  });
}

/** An init container cannot be started yet. */
export function initWaitingPatch(
  pod: V1Pod,
  container: V1Container,
  reason: string,
  message: string,
): object {
  const state = { waiting: { reason, message } };
  return statusPatch(pod, { initContainerStatuses: statuses(pod, container, { state }) });
}

/**
 * An init container has ended. After the last one the pod is initialized; a failed one ends a pod with restart policy
 * `Never`. Others are unchanged.
 */
export function initEndedPatch(pod: V1Pod, container: V1Container, exit: Exit, now: Date): object {
  const isCompleted = exit.exitCode === 0;
  const state = endedState(exit, now);
  const isInitialized = isCompleted && nextInit(pod, positionOf(pod, container) + 1) === undefined;
  const initialized = { type: 'Initialized', status: 'True', lastTransitionTime: now.toISOString() };
  return statusPatch(pod, {
    phase: hasPodEnded(pod, exit) ? 'Failed' : 'Pending',
    initContainerStatuses: statuses(pod, container, { state, isCompleted }),
    ...(isInitialized ? { conditions: [initialized] } : {}),
  });
}
