import { patched } from '@temporalio/workflow';
import { isFinished, type PodObservation } from '../../domain/pod';
import type { Lab } from './lab';

/** Runs that decided about their pod before this patch did so by the pod phase, and by the first end of a container. */
const CONTAINERS_DECIDE = '2026-11-containers-decide';

/** The latest observation of the lab's pod, with states of containers only where the run decides by them. */
export function judgedPod(lab: Lab): PodObservation | null {
  return judged(lab.pod.latest);
}

/** The same for any observation. */
export function judged(pod: PodObservation | null): PodObservation | null {
  if (!pod || !hasContainerStates(pod) || patched(CONTAINERS_DECIDE)) return pod;
  const { lab: _lab, isRetried: _isRetried, isSidecar: _isSidecar, ...phase } = pod;
  return phase;
}

/** Whether the states of containers and the pod phase lead to different decisions. */
function hasContainerStates(pod: PodObservation): boolean {
  const isOver = pod.lab?.state === 'ended' && !isFinished(pod);
  return isOver || pod.lab?.state === 'down' || pod.isRetried === true || pod.isSidecar === true;
}
