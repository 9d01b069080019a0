import { hasLabEnded, type PodEvent, type PodObservation } from '../domain/pod';
import type { ObservedPodEvent } from '../objects/reading/pod-event';

/** A lab pod as the watch last showed it. */
interface Entry {
  readonly username: string;
  pod: PodObservation;
  /** Whether the lab has been told that it runs: of its containers, only its own one matters to it after that. */
  hasRun: boolean;
  /** Reasons already passed on: a pod that flaps between two of them has no news, until it is rid of them. */
  readonly reasons: Set<string>;
  /** Occurrences of events already passed on, by the event's identity. */
  readonly occurrences: Map<string, number>;
}

/** How many events of pods not seen yet are kept; the two watches are not in step. */
const MAX_EARLY_EVENTS = 1_000;

/**
 * What the watcher knows of all lab pods, and so what is news: the decision which changes and events a
 * lab is told.
 */
export class PodBook {
  private readonly entries = new Map<string, Entry>();
  private early: ObservedPodEvent[] = [];

  /** Takes in a pod that exists; tells whether its lab should know, and the events that waited for it. */
  see(username: string, pod: PodObservation): { isNews: boolean; events: PodEvent[] } {
    const known = this.entries.get(pod.uid);
    const entry = known ?? { username, pod, hasRun: false, reasons: new Set(), occurrences: new Map() };
    const isChange = known ? differs(known.pod, pod) : isTelling(pod);
    const isOfLab = known !== undefined && concernsLab(known, pod);
    const isProgress = !(entry.hasRun && isContainersBusiness(pod)) && this.progresses(entry, pod);
    entry.pod = pod;
    entry.hasRun ||= pod.isLabRunning;
    const isNews = isChange || isOfLab || isProgress;
    this.entries.set(pod.uid, entry);
    const events = known ? [] : this.takeEarly(pod.uid);
    return { isNews, events };
  }

  /** Takes in that a pod is gone. */
  lose(uid: string): void {
    this.entries.delete(uid);
  }

  /** Compares with a complete list; returns, and forgets, the pods that are gone. */
  missingFrom(uids: ReadonlySet<string>): { username: string; uid: string }[] {
    const missing = [...this.entries].filter(([uid]) => !uids.has(uid));
    for (const [uid] of missing) this.lose(uid);
    return missing.map(([uid, { username }]) => ({ username, uid }));
  }

  /** Takes in an event; returns it with its lab when it is a new occurrence about a starting pod. */
  hear(observed: ObservedPodEvent): { username: string; event: PodEvent } | null {
    const entry = this.entries.get(observed.event.podUid);
    if (!entry) {
      this.early = [...this.early.slice(1 - MAX_EARLY_EVENTS), observed];
      return null;
    }
    const isStarting = entry.pod.phase === 'Pending' && !entry.hasRun;
    if (!isStarting || !this.isNewOccurrence(entry, observed)) return null;
    return { username: entry.username, event: observed.event };
  }

  private takeEarly(podUid: string): PodEvent[] {
    const mine = this.early.filter(({ event }) => event.podUid === podUid);
    if (mine.length > 0) this.early = this.early.filter(({ event }) => event.podUid !== podUid);
    return mine.flatMap((observed) => this.hear(observed)?.event ?? []);
  }

  /** Whether a pod has met or overcome an obstacle, started, or ended. */
  private progresses({ pod: before, reasons }: Entry, pod: PodObservation): boolean {
    const isOvercome = pod.reason === null && reasons.size > 0;
    const isMet = pod.reason !== null && !reasons.has(pod.reason);
    if (isOvercome) reasons.clear();
    if (pod.reason !== null) reasons.add(pod.reason);
    return (
      isOvercome || isMet || pod.isLabRunning !== before.isLabRunning || pod.exitCode !== before.exitCode
    );
  }

  private isNewOccurrence(entry: Entry, { uid, count }: ObservedPodEvent): boolean {
    const known = entry.occurrences.get(uid) ?? 0;
    entry.occurrences.set(uid, Math.max(known, count));
    return count > known;
  }
}

/** Of a pod seen for the first time, only what a lab could be waiting for. */
function isTelling(pod: PodObservation): boolean {
  return pod.phase !== 'Pending' || pod.isDeleting || pod.isLabRunning || hasLabEnded(pod);
}

function differs(before: PodObservation, after: PodObservation): boolean {
  return (
    before.phase !== after.phase ||
    before.podIp !== after.podIp ||
    before.isDeleting !== after.isDeleting ||
    before.lostNode !== after.lostNode
  );
}

/** Whether the lab's own container has ended for good, or, once it has run, ended or come back. */
function concernsLab({ pod: before, hasRun }: Entry, pod: PodObservation): boolean {
  if (pod.isDeleting) return false;
  const isChanged = before.lab?.state !== pod.lab?.state;
  const isRestarted = before.lab?.restarts !== pod.lab?.restarts;
  return hasRun ? isChanged || isRestarted : isChanged && pod.lab?.state === 'ended';
}

/** Of a pod that runs, everything but what was decided about the pod itself. */
function isContainersBusiness({ phase, container, reason }: PodObservation): boolean {
  return phase === 'Running' && (container !== null || reason === null);
}
