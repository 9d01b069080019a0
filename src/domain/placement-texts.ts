/** What a clause of the scheduler's message means for the lab's user. */
interface Cause {
  readonly part: string;
  /** What the operators have to change, completing "nodes …"; null where time or a smaller size may help. */
  readonly remedy: string | null;
}

const CAUSES: readonly Cause[] = [
  { part: 'Too many pods', remedy: null },
  { part: "didn't match Pod's node affinity/selector", remedy: 'lack the labels that the lab asks for' },
  { part: "didn't match pod affinity rules", remedy: 'run none of the pods that the lab has to be near' },
  { part: "didn't match pod anti-affinity rules", remedy: 'run pods that the lab has to be apart from' },
  { part: 'untolerated taint', remedy: 'have taints that the lab does not tolerate' },
  { part: 'volume node affinity conflict', remedy: "cannot reach a volume that the lab's claim is bound to" },
  { part: 'persistent volumes to bind', remedy: 'have no volume that fits a claim of the lab' },
  { part: 'unbound immediate PersistentVolumeClaims', remedy: 'wait for a claim that no volume is bound to' },
  { part: 'exceed max volume count', remedy: 'have as many volumes attached as they may' },
  { part: 'free ports', remedy: 'have no free port that the lab asks for' },
  { part: 'were unschedulable', remedy: 'are cordoned' },
  { part: 'persistentvolumeclaim', remedy: 'cannot use a claim that the lab names' },
  { part: 'Insufficient', remedy: 'have too little of a resource that is not part of sizes' },
];

/** Resources that a smaller size needs less of. */
const SIZED: readonly string[] = [
  'Insufficient cpu',
  'Insufficient memory',
  'Insufficient ephemeral-storage',
];

/** What the scheduler says about preemption repeats the nodes and is of no use here. */
const PREEMPTION = 'preemption:';

/**
 * What to do about a lab that fits on no node, from the scheduler's bounded message: a smaller size where nodes lack
 * CPU or memory only, else what the operators have to change.
 */
export function placementAdvice(message: string | null): string {
  const words = (message ?? '').split(PREEMPTION, 1)[0] ?? '';
  if (SIZED.some((part) => words.includes(part))) {
    return 'Choose a smaller size, try again later or tell the operators.';
  }
  const met = CAUSES.filter(({ part }) => words.includes(part));
  const remedies = met.flatMap(({ remedy }) => remedy ?? []);
  if (remedies.length > 0) {
    return `A smaller size does not help. Tell the operators that nodes ${remedies.join(', and ')}.`;
  }
  return met.length > 0
    ? 'Try again later or tell the operators.'
    : 'Choose a smaller size, try again later or tell the operators.';
}
