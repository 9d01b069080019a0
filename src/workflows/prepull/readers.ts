import type { Toleration } from '../../domain/node-eligibility';
import { readPodChange, readPodObservation } from '../../domain/pod-change';
import type { WantedPull } from '../../domain/prepull';
import {
  flag,
  latest,
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

/** Maximum number of changes in a signal; a watcher sends fewer. */
const MAX_CHANGES = 1_000;

/** Maximum of concurrent pulls: the server limits the pending activities of a workflow. */
const MAX_BOUND = 1_000;

/** Longest name of an object in Kubernetes. */
const MAX_NAME = 253;

/** Longest tag or digest in registries. */
const MAX_TAG = 128;
const MAX_DIGEST = 256;

const MAX_REFERENCE = 1_024;
const MAX_REASON = 8_192;
const MAX_TOLERATIONS = 1_000;

/** A hundred years, in milliseconds; instants are later than that. */
const MAX_DURATION_MS = 3.2e12;
const MAX_INSTANT_MS = 8.64e15;

const name = word(MAX_NAME);
const optionalText = nullable(text(MAX_REFERENCE));
const durationMs = numberIn(0, MAX_DURATION_MS);
const instantMs = numberIn(0, MAX_INSTANT_MS);
const pulledImage = { node: name, digest: word(MAX_DIGEST) };

const readPull = object<WantedPull>({
  ...pulledImage,
  reference: word(MAX_REFERENCE),
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
  changes: latest(readPodChange, MAX_CHANGES),
});

const readCarriedPull = object<CarriedPull>({
  pull: readPull,
  id: name,
  sinceMs: instantMs,
  podUid: text(MAX_NAME),
  pod: nullable(readPodObservation),
  trouble: nullable(object({ reason: shortenedText(MAX_REASON), untilMs: instantMs })),
});

const readFailedPull = object<PrepullSnapshot['failed'][number]>({
  node: name,
  reference: word(MAX_REFERENCE),
  reason: shortenedText(MAX_REASON),
  attempts: numberIn(0, Number.MAX_VALUE),
  nextTryAt: text(MAX_TAG),
  key: text(MAX_REFERENCE),
});

const readRecentPull = object<RecentPull>({
  ...pulledImage,
  isListed: flag,
});

const readSnapshot = object<PrepullSnapshot>({
  version: (value) => (value === 1 ? value : undefined),
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
