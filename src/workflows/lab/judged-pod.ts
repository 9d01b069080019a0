import { patched } from '@temporalio/workflow';
import { isFinished, type PodObservation } from '../../domain/pod';
import type { Lab } from './lab';

/** Runs that judged their pod without this have decided by the pod's phase, and by the first end of a container. */
const CONTAINERS_DECIDE = '2026-11-containers-decide';

/** What the phases judge of the lab's pod: what was last observed of it, as far as the run already decides by it. */
export function judgedPod(lab: Lab): PodObservation | null {
  return judged(lab.pod.latest);
}

/** The same for any observation. */
export function judged(pod: PodObservation | null): PodObservation | null {
  if (!pod || !hasContainerStates(pod) || patched(CONTAINERS_DECIDE)) return pod;
  const { lab: _lab, isRetried: _isRetried, isSidecar: _isSidecar, ...phase } = pod;
  return phase;
}

/** Whether the states of containers say something else than the pod's phase. */
function hasContainerStates(pod: PodObservation): boolean {
  const isOver = pod.lab?.state === 'ended' && !isFinished(pod);
  return isOver || pod.lab?.state === 'down' || pod.isRetried === true || pod.isSidecar === true;
}
