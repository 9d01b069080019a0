import type { FailureReason } from './lab';
import { LAB_CONTAINER_NAME } from './names';
import { placementAdvice } from './placement-texts';
import { endOfPod, type PodObservation } from './pod';

/** What a pod's trouble is told in: why, by which part of the pod, and what Kubernetes said. */
export type Trouble = Pick<
  PodObservation,
  'phase' | 'reason' | 'message' | 'container' | 'image' | 'exitCode' | 'isSidecar'
>;

/** The reasons that a pod can be the cause of. */
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

/** Says to a lab's user what is wrong with its pod, in Kubernetes' words where there are any, and what to do. */
export function textOf(reason: PodFailureReason, trouble: Trouble): string {
  switch (reason) {
    case 'ImagePullFailed':
      return `${imageOf(trouble)} could not be pulled${words(trouble)} ${imageAdvice(trouble)}`;
    case 'InvalidImage':
      return `${imageOf(trouble)} cannot be used${words(trouble)} ${imageAdvice(trouble)}`;
    case 'ContainerConfigError':
      return `${containerOf(trouble)} could not be created${words(trouble)} ${TELL_OPERATORS}`;
    case 'InitContainerFailed':
      return `${containerOf(trouble)}, which ${trouble.isSidecar ? 'accompanies' : 'prepares'} the lab, failed${exit(trouble)}${words(trouble)} ${TELL_OPERATORS}`;
    case 'ContainerCrashed':
      return `The lab ended${exit(trouble)} while it was starting${words(trouble)} ${CHOOSE_IMAGE}`;
    case 'OutOfMemory':
      return `${subjectOf(trouble)} needed more memory than its limit and was killed${killed(trouble)}${words(trouble)} Choose a larger size.`;
    case 'PodEvicted':
      return `The lab was evicted from its node${words(trouble)} Start it again.`;
    case 'NodeLost':
      return `The node of the lab is gone or cannot be reached${words(trouble)} Start the lab again.`;
    case 'Unschedulable':
      return `No node can take the lab${words(trouble)} ${placementAdvice(trouble.message)}`;
    case 'PodFinished':
      return `${endOfPod({ ...trouble, phase: 'Succeeded' })}. It should have kept running. ${CHOOSE_IMAGE}`;
    case 'PodFailed':
      return endOfPod({ ...trouble, phase: 'Failed' });
  }
}

/** Whether trouble is with another container than the lab's. */
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

/** How a container ended, with the reason that the kubelet gives. */
export function exit({ exitCode, reason }: Trouble): string {
  if (exitCode === null) return reason === null ? '' : ` (${reason})`;
  return ` with exit code ${exitCode}${reason === null ? '' : ` (${reason})`}`;
}

function killed({ reason, exitCode }: Trouble): string {
  const details = [reason, exitCode === null ? null : `exit code ${exitCode}`];
  const known = details.filter((detail) => detail !== null).join(', ');
  return known === '' ? '' : ` (${known})`;
}

/** Kubernetes' words after a colon, as the end of a sentence. */
export function words({ message }: Pick<Trouble, 'message'>): string {
  return message === null ? '.' : `: ${message.replace(/(?<![\s.])[\s.]+$/, '')}.`;
}
