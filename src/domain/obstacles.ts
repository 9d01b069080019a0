import { isFinished, type PodEvent, type PodObservation } from './pod';

/*
 * Obstacles: what an operation waits for, said to the lab's user and the operators. None of them is a failure of the
 * lab; the operation fails when its deadline or the patience with the obstacle is over.
 */

/** Type of the failure with which an activity that waits ends, so that its workflow can publish the obstacle. */
export const OBSTACLE = 'Obstacle';

/** What an activity waits for. */
export interface WaitObstacle {
  /** What blocks the operation, with the cluster's message, and who must do what. */
  readonly message: string;
  /** Whether it is a namespace that is not removed. */
  readonly isNamespace: boolean;
  /** The UID of that namespace, which the workflow then removes; absent where earlier versions have told of it. */
  readonly namespaceUid?: string;
  /** Whether it does not pass by itself. */
  readonly isStuck: boolean;
}

/** Type of the failure with which a creation ends that finds an object of another one under one of its names. */
export const IN_THE_WAY = 'ObjectInTheWay';

/** Type of the failure with which a creation ends that finds a file server of the user that serves. */
export const SERVES_ALREADY = 'ServesAlready';

/** An object that has to be removed before another one can be created; only the workflow decides that. */
export interface ObjectInTheWay {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  /** What is in the way, for operators. */
  readonly message: string;
}

/** A part of the API server's message, and the advice to give where it occurs. The first match counts. */
type Advice = readonly (readonly [part: string, advice: string])[];

/** Refusals that stand until something is changed. */
const REFUSALS: Advice = [
  [
    'exceeded quota',
    'The lab does not fit into your quota. Choose a smaller size or ask for a larger quota.',
  ],
  ['failed quota', 'A quota of the namespace asks for what the lab does not state. Tell the operators.'],
  ['usage per Container is', sizeOfRange()],
  ['usage per Pod is', sizeOfRange()],
  ['limit to request ratio', sizeOfRange()],
  ['violates PodSecurity', policy("the namespace's Pod Security level")],
  ['ValidatingAdmissionPolicy', policy('a validating admission policy')],
  ['denied the request', policy('an admission webhook')],
];

/** Refusals after which the request is repeated. */
const RETRIED: Advice = [
  [
    'failed calling webhook',
    'An admission webhook of the cluster does not answer; an operator has to bring it back or remove its configuration.',
  ],
  [
    'error looking up service account',
    'The cluster has not made the service account of the namespace; an operator has to see why its controllers lag.',
  ],
  [
    'status unknown for quota',
    'The cluster has not counted the quota of the namespace; an operator has to see why its controllers lag.',
  ],
];

const OTHER_RETRIED = 'This is tried again until the objects exist or the time is up.';

/** What the lab's user can do about a refusal of the API server that stands; null for an unknown message. */
export function adviceOnRefusal(message: string): string | null {
  return adviceFor(REFUSALS, message);
}

/** The obstacle of a step whose request is repeated after this answer, or after none. */
export function obstacleOfRefusal(message: string): WaitObstacle {
  const sentence = withoutFullStop(message);
  const advice = adviceFor(RETRIED, sentence) ?? OTHER_RETRIED;
  return { message: `${sentence}. ${advice}`, isNamespace: false, isStuck: false };
}

function adviceFor(advice: Advice, message: string): string | null {
  return advice.find(([part]) => message.includes(part))?.[1] ?? null;
}

function sizeOfRange(): string {
  return 'A limit range of the namespace does not allow a lab of this size. Choose another size or tell the operators.';
}

function policy(whose: string): string {
  return `This is decided by ${whose}; an operator has to change that, or what labs ask for.`;
}

/** The stages of a pod's start, in order. */
const STAGES = ['placement', 'volumes', 'sandbox', 'image', 'container'] as const;

type Stage = (typeof STAGES)[number];

/** The stage in which an event of a starting pod is reported, by its reason. */
const STAGE_OF_REASON: Readonly<Record<string, Stage>> = {
  FailedScheduling: 'placement',
  Scheduled: 'placement',
  FailedAttachVolume: 'volumes',
  FailedMapVolume: 'volumes',
  FailedMount: 'volumes',
  VolumeFailedDelete: 'volumes',
  FailedCreatePodSandBox: 'sandbox',
  NetworkNotReady: 'sandbox',
  Pulling: 'image',
  Pulled: 'image',
  Created: 'container',
  Started: 'container',
};

/** The stage that is complete once an event with this reason, other than a warning, is reported. */
const COMPLETES: Readonly<Record<string, Stage>> = {
  Scheduled: 'placement',
  Pulling: 'sandbox',
  Pulled: 'image',
  Started: 'container',
};

/** A warning about a starting pod, which counts until the pod has completed the stage that it is about. */
export interface EventObstacle {
  /** For the lab's user and the operators. */
  readonly message: string;
  /** Null where the reason is unknown; any progress then counts. */
  readonly stage: Stage | null;
}

/** Makes a reducer as `obstacleAfter`; `whose` names what runs in the pod. */
export function obstacleReducer(whose: string) {
  return (known: EventObstacle | null, event: PodEvent): EventObstacle | null => {
    const stage = STAGE_OF_REASON[event.reason] ?? null;
    if (event.type === 'Warning') return { message: warningMessage(event, stage, whose), stage };
    const completed = COMPLETES[event.reason];
    if (!known || !completed) return known;
    const isPassed = known.stage === null || STAGES.indexOf(known.stage) <= STAGES.indexOf(completed);
    return isPassed ? null : known;
  };
}

/** Reducer over a pod's events: the last warning, or null once a later event shows that the pod got past it. */
export const obstacleAfter = obstacleReducer('the lab');

function warningMessage({ reason, message }: PodEvent, stage: Stage | null, whose: string): string {
  if (stage !== 'volumes') return message;
  const step = reason === 'FailedAttachVolume' ? 'attached' : 'mounted';
  return `A volume of ${whose} cannot be ${step}: ${withoutFullStop(message)}. Tell the operators if this does not pass.`;
}

type DeletedPod = Pick<PodObservation, 'lostNode' | 'finalizers' | 'phase'>;

/** What delays the removal of a pod that has been deleted; null where nothing is known to. */
export function podDeletionObstacle(pod: DeletedPod, lostNodePatienceMs: number | null): string | null {
  if (pod.finalizers && (isFinished(pod) || pod.lostNode !== undefined)) {
    const advice = 'An operator has to mend the controller that it belongs to, or remove it.';
    return `The pod of the lab is kept by finalizer ${pod.finalizers.join(', ')}. ${advice}`;
  }
  return pod.lostNode === undefined ? null : lostNodeOfDeletedPod(pod.lostNode, lostNodePatienceMs);
}

function lostNodeOfDeletedPod(node: string, patienceMs: number | null): string {
  const lost = `Node ${node} of the lab cannot be reached, so its pod does not end.`;
  return patienceMs === null
    ? `${lost} An operator has to bring the node back, or to force the shutdown.`
    : `${lost} The pod is removed without it after ${patienceMs / 1000}s; an operator can force the shutdown earlier.`;
}

/** The obstacle of a running lab whose node is lost. */
export function lostNodeMessage(node: string): string {
  return `Node ${node} of the lab cannot be reached. The lab may still run there, or come back with it.`;
}

/** Says that a pod is deleted without grace, although its lost node has not confirmed its end. */
export function forcedDeletionMessage(node: string, patienceMs: number): string {
  return `Node ${node} has been out of reach for ${patienceMs / 1000}s: the pod is removed without it.`;
}

function withoutFullStop(message: string): string {
  return message.endsWith('.') ? message.slice(0, -1) : message;
}
