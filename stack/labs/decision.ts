import type { V1Pod } from '@kubernetes/client-node';
import { behaviourOf } from '../kubelet/behaviours';
import { containerStatusOf, hasEnded, nextInit } from './pod';

/** What is known here of the container of a pod whose turn it is. */
export interface Known {
  readonly state: 'none' | 'starting' | 'running' | 'stopping' | 'exited';
  /** The container's restart count when it was last started. */
  readonly restarts: number;
  /** How many init containers have completed. */
  readonly completed: number;
}

/** What is to be done about a pod. */
export type Step = 'start' | 'stop' | 'kill' | 'remove' | 'reportLost' | 'nothing';

function hasBeenEnded(pod: V1Pod): boolean {
  const state = containerStatusOf(pod)?.state;
  const isRestarting = state?.waiting !== undefined && (containerStatusOf(pod)?.restartCount ?? 0) > 0;
  return hasEnded(pod) || Boolean(state?.terminated) || isRestarting;
}

/** Whether nothing but the pod's end can follow. Here a kubelet would restart init containers if the pod lets it. */
function hasFailedInit({ status }: V1Pod): boolean {
  return (status?.initContainerStatuses ?? []).some(({ state }) => (state?.terminated?.exitCode ?? 0) !== 0);
}

/** Init containers need no more than the pod's address, the main one its image, which is pulled after them. */
function isStartable(pod: V1Pod, completed: number): boolean {
  if (!pod.status?.podIP || hasFailedInit(pod)) return false;
  return nextInit(pod, completed) !== undefined || Boolean(containerStatusOf(pod)?.imageID);
}

/** Compares a pod with its container, as a kubelet does whenever one of them has changed. */
export function nextStep(pod: V1Pod, { state, restarts, completed }: Known): Step {
  const isAlive = state === 'running' || state === 'stopping';
  const isDeleted = pod.metadata?.deletionTimestamp !== undefined;
  const isOurs = behaviourOf(pod) === 'process';
  if (isAlive && hasBeenEnded(pod)) return 'kill';
  if (isOurs && isDeleted) {
    if (state === 'running') return 'stop';
    return state === 'none' || state === 'exited' ? 'remove' : 'nothing';
  }
  if (isDeleted || hasBeenEnded(pod) || state === 'starting') return 'nothing';
  const status = containerStatusOf(pod);
  const isToRun = status?.state?.running !== undefined;
  if (isToRun && state !== 'none' && status.restartCount > restarts) return 'start';
  if (!isOurs || state !== 'none') return 'nothing';
  if (isToRun) return 'reportLost';
  return isStartable(pod, completed) ? 'start' : 'nothing';
}
