import type { FailureReason } from './lab-end';
import { LAB_CONTAINER_NAME } from './names';
import { endOfPod, type PodObservation } from './pod';

/** The part of an observation that a failure message is made of. */
export type Trouble = Pick<
  PodObservation,
  'phase' | 'reason' | 'message' | 'container' | 'image' | 'exitCode' | 'isSidecar'
>;

/** The failure reasons that the state of a pod can give. */
export type PodFailureReason = Extract<
  FailureReason,
  | 'ContainerConfigError'
  | 'ContainerCrashed'
  | 'ImagePullFailed'
  | 'InitContainerFailed'
  | 'InvalidImage'
  | 'NodeLost'
  | 'OutOfMemory'
  | 'PodEvicted'
  | 'PodFailed'
  | 'PodFinished'
  | 'Unschedulable'
>;

const CHOOSE_IMAGE = 'Choose another image or tell the operators.';
const TELL_OPERATORS = 'Try again or tell the operators.';

/** The message for a lab's user: what is wrong with its pod, Kubernetes' message if there is one, and what to do. */
export function failureMessage(reason: PodFailureReason, trouble: Trouble): string {
  switch (reason) {
    case 'ImagePullFailed':
      return `${imageOf(trouble)} could not be pulled${details(trouble)} ${imageAdvice(trouble)}`;
    case 'InvalidImage':
      return `${imageOf(trouble)} cannot be used${details(trouble)} ${imageAdvice(trouble)}`;
    case 'ContainerConfigError':
      return `${containerOf(trouble)} could not be created${details(trouble)} ${TELL_OPERATORS}`;
    case 'InitContainerFailed':
      return `${containerOf(trouble)}, which ${trouble.isSidecar ? 'accompanies' : 'prepares'} the lab, failed${exitDetails(trouble)}${details(trouble)} ${TELL_OPERATORS}`;
    case 'ContainerCrashed':
      return `The lab ended${exitDetails(trouble)} while it was starting${details(trouble)} ${CHOOSE_IMAGE}`;
    case 'OutOfMemory':
      return `${subjectOf(trouble)} needed more memory than its limit and was killed${killed(trouble)}${details(trouble)} Choose a larger size.`;
    case 'PodEvicted':
      return `The lab was evicted from its node${details(trouble)} Start it again.`;
    case 'NodeLost':
      return `The node of the lab is gone or cannot be reached${details(trouble)} Start the lab again.`;
    case 'Unschedulable':
      return `No node can take the lab${details(trouble)} ${placementAdvice(trouble.message)}`;
    case 'PodFinished':
      return `${endOfPod({ ...trouble, phase: 'Succeeded' })}. It should have kept running. ${CHOOSE_IMAGE}`;
    case 'PodFailed':
      return endOfPod({ ...trouble, phase: 'Failed' });
  }
}

/** Whether the observation is about another container than the lab's. */
export function isInit({ container }: Pick<Trouble, 'container'>): boolean {
  return container !== null && container !== LAB_CONTAINER_NAME;
}

function kindOf({ isSidecar }: Trouble): string {
  return isSidecar ? 'Container' : 'Init container';
}

function imageOf(trouble: Trouble): string {
  const image = trouble.image === null ? 'The image' : `The image ${trouble.image}`;
  return isInit(trouble) ? `${image} of ${kindOf(trouble).toLowerCase()} ${trouble.container}` : image;
}

function imageAdvice(trouble: Trouble): string {
  return isInit(trouble) ? TELL_OPERATORS : CHOOSE_IMAGE;
}

function containerOf(trouble: Trouble): string {
  return isInit(trouble) ? `${kindOf(trouble)} ${trouble.container}` : 'The container of the lab';
}

function subjectOf(trouble: Trouble): string {
  return isInit(trouble) ? `${kindOf(trouble)} ${trouble.container} of the lab` : 'The lab';
}

/** How a container ended, with the reason that the kubelet gives: ` with exit code 1 (Error)`. */
export function exitDetails({ exitCode, reason }: Trouble): string {
  if (exitCode === null) return reason === null ? '' : ` (${reason})`;
  return ` with exit code ${exitCode}${reason === null ? '' : ` (${reason})`}`;
}

function killed({ reason, exitCode }: Trouble): string {
  const parts = [reason, exitCode === null ? null : `exit code ${exitCode}`];
  const known = parts.filter((part) => part !== null).join(', ');
  return known === '' ? '' : ` (${known})`;
}

/** The end of a sentence: Kubernetes' message after a colon, or a full stop alone. */
export function details({ message }: Pick<Trouble, 'message'>): string {
  return message === null ? '.' : `: ${message.replace(/(?<![\s.])[\s.]+$/, '')}.`;
}

/** A clause of the scheduler's message and what it means for the lab's user. */
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

/** Begins the scheduler's remark on preemption, which repeats the nodes. */
const PREEMPTION = 'preemption:';

/**
 * Advice about a lab that fits on no node, from the scheduler's message, which must be bounded: a smaller size where
 * nodes lack CPU or memory, else what the operators have to change.
 */
export function placementAdvice(message: string | null): string {
  const clauses = (message ?? '').split(PREEMPTION, 1)[0] ?? '';
  if (SIZED.some((part) => clauses.includes(part))) {
    return 'Choose a smaller size, try again later or tell the operators.';
  }
  const found = CAUSES.filter(({ part }) => clauses.includes(part));
  const remedies = found.flatMap(({ remedy }) => remedy ?? []);
  if (remedies.length > 0) {
    return `A smaller size does not help. Tell the operators that nodes ${remedies.join(', and ')}.`;
  }
  return found.length > 0
    ? 'Try again later or tell the operators.'
    : 'Choose a smaller size, try again later or tell the operators.';
}
