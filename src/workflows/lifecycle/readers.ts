import { MAX_NAME, MAX_REFERENCE, type PodNews, readPodChange, readPodEvent } from '../../domain/pod-change';
import { latest, numberIn, object, type Reader, text, word } from '../../domain/shapes';

/** Maximum number of changes or events in a signal; a watcher sends fewer. */
const MAX_CHANGES = 1_000;

/** A hundred years, in milliseconds; instants are later than that. */
const MAX_DURATION_MS = 3.2e12;

/** Name of a user or an object in Kubernetes, or an ID; may be empty. */
export const nameText = text(MAX_NAME);

/** Reference of an image, as a word. */
export const imageReference = word(MAX_REFERENCE);

/** A duration in milliseconds, at most a hundred years. */
export const durationMs = numberIn(0, MAX_DURATION_MS);

/** Changes of pods, oldest first. Unreadable entries are left out, and the oldest of too many. */
export const podChanges = latest(readPodChange, MAX_CHANGES);

/** Events of pods, read as their changes are. */
export const podEvents = latest(readPodEvent, MAX_CHANGES);

const readChangesAndEvents = object<Pick<PodNews, 'changes'> & Partial<PodNews>>(
  { changes: podChanges, events: podEvents },
  ['events'],
);

/** Reads a pod update. Unreadable entries are left out, and the oldest of too many. */
export const readPodNews: Reader<PodNews> = (value) => {
  const news = readChangesAndEvents(value);
  return news && { changes: news.changes, events: news.events ?? [] };
};

/** The only version of snapshots. */
export const snapshotVersion: Reader<1> = (value) => (value === 1 ? value : undefined);
