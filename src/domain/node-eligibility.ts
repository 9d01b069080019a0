/** A taint of a node that pods have to tolerate. */
export interface Taint {
  readonly key: string;
  readonly value: string | null;
  readonly effect: string;
}

/** A pod's toleration of a node's taints, as the configuration has it. */
export interface Toleration {
  readonly key: string | null;
  readonly operator: 'Equal' | 'Exists';
  readonly value: string | null;
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute' | null;
  readonly tolerationSeconds: number | null;
}

/** The state of a node that decides whether labs can be scheduled on it. */
export interface NodeCondition {
  readonly taints: readonly Taint[];
  /** Condition `Ready`. */
  readonly isReady: boolean;
  /** `spec.unschedulable`, as a cordon sets it. */
  readonly isUnschedulable: boolean;
}

/** Whether labs can be scheduled on a node, and if not, why. */
export interface Eligibility {
  readonly isEligible: boolean;
  readonly comment: string | null;
}

/** The taint that Kubernetes adds, with a delay, for `spec.unschedulable`. */
const CORDON: Taint = { key: 'node.kubernetes.io/unschedulable', value: null, effect: 'NoSchedule' };

/** Judges a node by its taints and readiness; affinity is not considered. */
export function nodeEligibility(
  { taints, isReady, isUnschedulable }: NodeCondition,
  tolerations: readonly Toleration[],
): Eligibility {
  const repelling = [...taints, ...(isUnschedulable ? [CORDON] : [])].find(
    (taint) =>
      taint.effect !== 'PreferNoSchedule' && !tolerations.some((toleration) => tolerates(toleration, taint)),
  );
  if (repelling) return { isEligible: false, comment: commentOn(repelling) };
  return isReady ? { isEligible: true, comment: null } : { isEligible: false, comment: 'Node is not ready' };
}

function tolerates(toleration: Toleration, taint: Taint): boolean {
  const { key, operator, value, effect, tolerationSeconds } = toleration;
  if (effect && effect !== taint.effect) return false;
  // A toleration with seconds only delays the eviction.
  if (taint.effect === 'NoExecute' && tolerationSeconds !== null) return false;
  if (operator === 'Exists') return !key || key === taint.key;
  return key === taint.key && (value ?? '') === (taint.value ?? '');
}

function commentOn({ effect, key, value }: Taint): string {
  return `Node is tainted (${effect}, ${key}${value ? ` = ${value}` : ''})`;
}
