import { readHomeReport } from './home-space';
import type { LabContainer, PodEvent, PodObservation } from './pod';
import {
  dictionary,
  flag,
  latest,
  nullable,
  numberIn,
  object,
  oneOf,
  type Reader,
  shortenedText,
  text,
} from './shapes';

/** The pod as it is now, or `null` with the UID of the pod that is gone. */
export type PodChange = { readonly pod: PodObservation } | { readonly pod: null; readonly uid: string };

/** A pod update for the workflow of one user: changes and events since the last one, each list oldest first. */
export interface PodNews {
  readonly changes: readonly PodChange[];
  /** Kubernetes events, while the pod starts. */
  readonly events: readonly PodEvent[];
}

/** What Kubernetes itself allows for names of objects, in UTF-16 units. */
export const MAX_NAME = 253;

/** UIDs, resource versions and addresses are shorter. */
const MAX_WORD = 128;

/** What Kubernetes itself allows for reasons of conditions. */
const MAX_REASON = 1_024;

/** Messages of kubelets are shorter; everything that is told of a pod may end up in a memo. */
export const MAX_MESSAGE = 8_192;

/** References of images, in UTF-16 units; also the limit of search attributes. */
export const MAX_REFERENCE = 1_024;

const MAX_PROOFS = 32;
const MAX_FINALIZERS = 32;

/** An observation from a message or another untrusted source. */
export const readPodObservation: Reader<PodObservation> = object<PodObservation>(
  {
    uid: text(MAX_WORD),
    resourceVersion: text(MAX_WORD),
    spawnId: nullable(text(MAX_NAME)),
    phase: oneOf(['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown']),
    podIp: nullable(text(MAX_WORD)),
    addressProof: dictionary(text(MAX_REFERENCE), MAX_PROOFS),
    isLabRunning: flag,
    isDeleting: flag,
    reason: nullable(shortenedText(MAX_REASON)),
    message: nullable(shortenedText(MAX_MESSAGE)),
    container: nullable(text(MAX_NAME)),
    image: nullable(shortenedText(MAX_REFERENCE)),
    exitCode: nullable(numberIn(-(2 ** 31), 2 ** 31)),
    lab: object<LabContainer>({
      state: oneOf(['waiting', 'running', 'down', 'ended']),
      restarts: numberIn(0, 2 ** 31),
    }),
    isRetried: flag,
    isSidecar: flag,
    lostNode: text(MAX_NAME),
    home: readHomeReport,
    finalizers: latest(text(MAX_NAME), MAX_FINALIZERS),
  },
  ['addressProof', 'lab', 'isRetried', 'isSidecar', 'lostNode', 'home', 'finalizers'],
);

const readObserved = object<{ readonly pod: PodObservation }>({ pod: readPodObservation });
const readDeleted = object<{ readonly pod: null; readonly uid: string }>({
  pod: nullable<never>(() => undefined),
  uid: text(MAX_WORD),
});

/** A change of a pod from a message. */
export const readPodChange: Reader<PodChange> = (value) => readObserved(value) ?? readDeleted(value);

/** A Kubernetes event from a message. */
export const readPodEvent: Reader<PodEvent> = object<PodEvent>({
  podUid: text(MAX_WORD),
  type: oneOf(['Normal', 'Warning']),
  reason: shortenedText(MAX_REASON),
  message: shortenedText(MAX_MESSAGE),
  time: text(MAX_WORD),
});
