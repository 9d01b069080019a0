import type { Toleration } from '../../domain/node-eligibility';
import { MAX_MESSAGE, MAX_NAME, MAX_REFERENCE, readPodObservation } from '../../domain/pod-change';
import type { WantedPull } from '../../domain/prepull';
import {
  flag,
  list,
  nullable,
  numberIn,
  object,
  oneOf,
  openObject,
  type Reader,
  shortenedText,
  text,
  word,
} from '../../domain/shapes';
import { durationMs, imageReference, nameText, podChanges, snapshotVersion } from '../lifecycle/readers';
import type {
  CarriedPull,
  PrepullSettings,
  PrepullSnapshot,
  PullNews,
  PullsWanted,
  RecentPull,
} from './messages';

/** Maximum number of wanted pulls; a refresh requests fewer. */
const MAX_PULLS = 10_000;

/** Maximum of concurrent pulls: the server limits the pending activities of a workflow. */
const MAX_BOUND = 1_000;

/** Longest tag or digest in registries. */
const MAX_TAG = 128;
const MAX_DIGEST = 256;

const MAX_TOLERATIONS = 1_000;

/** Latest instant of a `Date`, in milliseconds of the epoch. */
const MAX_INSTANT_MS = 8.64e15;

const name = word(MAX_NAME);
const optionalText = nullable(text(MAX_REFERENCE));
const instantMs = numberIn(0, MAX_INSTANT_MS);
const pulledImage = { node: name, digest: word(MAX_DIGEST) };

const readPull = object<WantedPull>({
  ...pulledImage,
  reference: imageReference,
  tag: word(MAX_TAG),
  name: text(MAX_REFERENCE),
});

const readToleration = openObject<Toleration>({
  key: optionalText,
  operator: oneOf(['Equal', 'Exists']),
  value: optionalText,
  effect: nullable(oneOf(['NoSchedule', 'PreferNoSchedule', 'NoExecute'])),
  tolerationSeconds: nullable(numberIn(-(2 ** 53), 2 ** 53)),
});

const readSettings = object<PrepullSettings>(
  {
    bound: numberIn(1, Number.MAX_VALUE),
    timeoutMs: durationMs,
    retryMs: durationMs,
    maxRetryMs: durationMs,
    tolerations: list(readToleration, MAX_TOLERATIONS),
    pullSecret: nullable(name),
    namespace: (value) => name(value) || undefined,
    imagePullPatienceMs: durationMs,
    checkMs: durationMs,
    kubernetesRequestMs: durationMs,
    publishMs: durationMs,
  },
  ['imagePullPatienceMs', 'checkMs', 'kubernetesRequestMs', 'publishMs'],
);

const readBoundedSettings: Reader<PrepullSettings> = (value) => {
  const settings = readSettings(value);
  return settings && { ...settings, bound: Math.min(settings.bound, MAX_BOUND) };
};

/** Reads a list of wanted pulls; refuses all of it where a part cannot be read. */
export const readPullsWanted: Reader<PullsWanted> = object<PullsWanted>({
  pulls: list(readPull, MAX_PULLS),
  settings: readBoundedSettings,
});

/** Reads a pod update. Unreadable entries are left out, and the oldest of too many. */
export const readPullNews: Reader<PullNews> = object<PullNews>({
  changes: podChanges,
});

const readCarriedPull = object<CarriedPull>({
  pull: readPull,
  id: name,
  sinceMs: instantMs,
  podUid: nameText,
  pod: nullable(readPodObservation),
  trouble: nullable(object({ reason: shortenedText(MAX_MESSAGE), untilMs: instantMs })),
});

const readFailedPull = object<PrepullSnapshot['failed'][number]>({
  node: name,
  reference: imageReference,
  reason: shortenedText(MAX_MESSAGE),
  attempts: numberIn(0, Number.MAX_VALUE),
  nextTryAt: text(MAX_TAG),
  key: text(MAX_REFERENCE),
});

const readRecentPull = object<RecentPull>({
  ...pulledImage,
  isListed: flag,
});

const readSnapshot = object<PrepullSnapshot>({
  version: snapshotVersion,
  settings: readBoundedSettings,
  wanted: list(readPull, MAX_PULLS),
  running: list(readCarriedPull, MAX_BOUND),
  failed: list(readFailedPull, MAX_PULLS),
  pulled: list(readRecentPull, MAX_PULLS),
  done: numberIn(0, Number.MAX_VALUE),
});

/** Reads the argument of the workflow: none, or the snapshot of the run that continued as new. */
export const readStart: Reader<PrepullSnapshot | null> = (value) =>
  value === undefined ? null : readSnapshot(value);
