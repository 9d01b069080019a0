import type { LabFailure } from './lab';
import { type Ending, EXITED, failedEnding } from './lab-end';
import type { PodObservation } from './pod';
import { disruptionOf, judgeRun } from './pod-verdict';

/** What is told of a running lab whose pod is gone, and nobody has said why. */
export const VANISHED: LabFailure = {
  reason: 'PodVanished',
  message: 'The lab pod was deleted while the lab was running',
};

/** The end of a running lab whose pod ends or is gone, from what was last seen of it. */
export function podEnding(pod: PodObservation | null): Ending {
  const end = pod && judgeRun(pod);
  if (end?.failure === null) return EXITED;
  return failedEnding(end?.failure ?? (pod && disruptionOf(pod)) ?? VANISHED);
}
