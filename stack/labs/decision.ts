import type { V1Pod } from '@kubernetes/client-node';
import { behaviourOf } from '../kubelet/behaviours';
import { containerStatusOf } from './pod';

/** What is known here of a pod's container. */
export interface Known {
  readonly state: 'none' | 'starting' | 'running' | 'stopping' | 'exited';
  /** The pod's restart count when it was last started. */
  readonly restarts: number;
}

/** What is to be done about a pod. */
export type Step = 'start' | 'stop' | 'kill' | 'remove' | 'reportLost' | 'nothing';

function hasBeenEnded(pod: V1Pod): boolean {
  const state = containerStatusOf(pod)?.state;
  const isRestarting = state?.waiting !== undefined && (containerStatusOf(pod)?.restartCount ?? 0) > 0;
  return (
    ['Succeeded', 'Failed'].includes(pod.status?.phase ?? '') || Boolean(state?.terminated) || isRestarting
  );
}

/** Compares a pod with its container, as a kubelet does whenever one of them has changed. */
export function nextStep(pod: V1Pod, { state, restarts }: Known): Step {
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
  return pod.status?.podIP ? 'start' : 'nothing';
}
