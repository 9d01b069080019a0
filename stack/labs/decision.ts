import type { V1Pod } from '@kubernetes/client-node';
import { behaviourOf } from '../kubelet/behaviours';
import { containerOf, containerStatusOf, hasEnded, nextInit } from './pod';
import { isRestarted } from './restarts';

/** State of a pod's current container; `waiting` is the time before it is started again. */
export interface Known {
  readonly state: 'none' | 'starting' | 'running' | 'stopping' | 'exited' | 'waiting';
  /** The container's restart count at its last start. */
  readonly restarts: number;
  /** Number of init containers that have completed. */
  readonly completed: number;
}

/** The next action for a pod. */
export type Step = 'start' | 'stop' | 'kill' | 'remove' | 'reportLost' | 'nothing';

function hasBeenEnded(pod: V1Pod): boolean {
  if (behaviourOf(pod) === 'process' && isRestarted(pod, containerOf(pod))) return hasEnded(pod);
  const state = containerStatusOf(pod)?.state;
  const isRestarting = state?.waiting !== undefined && (containerStatusOf(pod)?.restartCount ?? 0) > 0;
  return hasEnded(pod) || Boolean(state?.terminated) || isRestarting;
}

/**
 * Whether an init container has failed, which ends the pod. A kubelet would restart it if the restart policy allows.
 */
function hasFailedInit({ status }: V1Pod): boolean {
  return (status?.initContainerStatuses ?? []).some(({ state }) => (state?.terminated?.exitCode ?? 0) !== 0);
}

/** Init containers need only the pod's address; the main container also its image, which is pulled after them. */
function isStartable(pod: V1Pod, completed: number): boolean {
  if (!pod.status?.podIP || hasFailedInit(pod)) return false;
  return nextInit(pod, completed) !== undefined || Boolean(containerStatusOf(pod)?.imageID);
}

/** Compares a pod with its container, as a kubelet does after each change of either. */
export function nextStep(pod: V1Pod, { state, restarts, completed }: Known): Step {
  const isAlive = state === 'running' || state === 'stopping';
  const isDeleted = pod.metadata?.deletionTimestamp !== undefined;
  const isOurs = behaviourOf(pod) === 'process';
  if (isAlive && hasBeenEnded(pod)) return 'kill';
  if (isOurs && isDeleted) {
    if (state === 'running') return 'stop';
    return ['none', 'exited', 'waiting'].includes(state) ? 'remove' : 'nothing';
  }
  if (isDeleted || hasBeenEnded(pod) || state === 'starting') return 'nothing';
  const status = containerStatusOf(pod);
  const isToRun = status?.state?.running !== undefined;
  if (isToRun && state !== 'none' && status.restartCount > restarts) return 'start';
  if (!isOurs || state !== 'none') return 'nothing';
  if (isToRun) return 'reportLost';
  return isStartable(pod, completed) ? 'start' : 'nothing';
}
