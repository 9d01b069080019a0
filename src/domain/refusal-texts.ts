import type { WaitObstacle } from './obstacle';

/** What is said of an answer of the API server, by the first part that occurs in its words. */
type Advice = readonly (readonly [part: string, advice: string])[];

/** Of refusals that stand until somebody changes something. */
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

/** Of answers after which the same is tried again. */
const WAITS: Advice = [
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

const OTHER_WAIT = 'This is tried again until the lab has its objects or its time is up.';

/** What the lab's user can do about a refusal that stands, or null when its words say nothing that is known. */
export function adviceOnRefusal(words: string): string | null {
  return firstOf(REFUSALS, words);
}

/** What a step of a lab waits for whose request got an answer, or none, that may pass. */
export function obstacleOfRefusal(message: string): WaitObstacle {
  const words = message.endsWith('.') ? message.slice(0, -1) : message;
  const advice = firstOf(WAITS, words) ?? OTHER_WAIT;
  return { message: `${words}. ${advice}`, isNamespace: false, isStuck: false };
}

function firstOf(advice: Advice, words: string): string | null {
  return advice.find(([part]) => words.includes(part))?.[1] ?? null;
}

function sizeOfRange(): string {
  return 'A limit range of the namespace does not allow a lab of this size. Choose another size or tell the operators.';
}

function policy(whose: string): string {
  return `This is decided by ${whose}; an operator has to change that, or what labs ask for.`;
}
