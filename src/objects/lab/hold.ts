import type { V1Pod, V1PodCondition } from '@kubernetes/client-node';
import { clusterWords } from '../../domain/cluster-words';
import type { PodObservation } from '../../domain/pod';

/** More than these are not worth their place in a history. */
const MAX_FINALIZERS = 5;

const LOST_REASONS: readonly string[] = ['NodeLost', 'NodeNotReady', 'NodeStatusUnknown'];

/** What can keep a pod from going: a node whose kubelet is away, and finalizers of a pod that is being deleted. */
export function holdOn(pod: V1Pod): Pick<PodObservation, 'lostNode' | 'finalizers'> {
  const { nodeName } = pod.spec ?? {};
  const { deletionTimestamp, finalizers = [] } = pod.metadata ?? {};
  const kept = finalizers.slice(0, MAX_FINALIZERS).map((finalizer) => clusterWords(finalizer) ?? '');
  return {
    ...(nodeName && isLost(pod) ? { lostNode: nodeName } : {}),
    ...(deletionTimestamp && kept.length > 0 ? { finalizers: kept } : {}),
  };
}

/**
 * Whether the control plane says that the pod's node is lost. The node controller marks such a pod as not ready and
 * leaves everything else as the kubelet last told it, so that its containers still count as ready; a kubelet that is
 * alive never says so without giving a reason. A pod that had not begun is only evicted by the node's taint.
 */
function isLost({ metadata, status }: V1Pod): boolean {
  const { phase, reason } = status ?? {};
  if (phase === 'Succeeded' || phase === 'Failed') return false;
  if (phase === 'Unknown' || LOST_REASONS.includes(reason ?? '')) return true;
  const conditions = new Map((status?.conditions ?? []).map((condition) => [condition.type, condition]));
  if (isMarked(conditions.get('Ready'), conditions.get('ContainersReady'))) return true;
  const isTakenAway = conditions.get('DisruptionTarget')?.reason === 'DeletionByTaintManager';
  return phase === 'Pending' && isTakenAway && !!metadata?.deletionTimestamp;
}

function isMarked(ready: V1PodCondition | undefined, containers: V1PodCondition | undefined): boolean {
  if (!ready || ready.status === 'True') return false;
  if (LOST_REASONS.includes(ready.reason ?? '')) return true;
  return ready.status === 'False' && !ready.reason && containers?.status === 'True';
}
