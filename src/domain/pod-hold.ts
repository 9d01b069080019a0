import { isFinished, type PodObservation } from './pod';

type Held = Pick<PodObservation, 'lostNode' | 'finalizers' | 'phase'>;

/** What keeps a pod that has been deleted, for the lab's user and the operators; null when nothing is known to. */
export function holdText(pod: Held, lostNodePatienceMs: number | null): string | null {
  if (pod.finalizers && (isFinished(pod) || pod.lostNode !== undefined))
    return finalizersText(pod.finalizers);
  return pod.lostNode === undefined ? null : lostNodeText(pod.lostNode, lostNodePatienceMs);
}

/** What is told of a running lab whose node is lost. */
export function lostNodeOfRunningLab(node: string): string {
  return `Node ${node} of the lab cannot be reached. The lab may still run there, or come back with it.`;
}

/** What is told when a pod is removed although its node has not said that it has ended. */
export function forcedText(node: string, patienceMs: number): string {
  return `Node ${node} has been out of reach for ${patienceMs / 1000}s: the pod is removed without it.`;
}

function lostNodeText(node: string, patienceMs: number | null): string {
  const lost = `Node ${node} of the lab cannot be reached, so its pod does not end.`;
  return patienceMs === null
    ? `${lost} An operator has to bring the node back, or to force the shutdown.`
    : `${lost} The pod is removed without it after ${patienceMs / 1000}s; an operator can force the shutdown earlier.`;
}

function finalizersText(finalizers: readonly string[]): string {
  const advice = 'An operator has to mend the controller that it belongs to, or remove it.';
  return `The pod of the lab is kept by finalizer ${finalizers.join(', ')}. ${advice}`;
}
