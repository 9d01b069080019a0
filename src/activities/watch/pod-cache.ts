import { hasLabEnded, type PodEvent, type PodObservation } from '../../domain/pod';
import type { ObservedPodEvent } from '../../objects/reading/pod-event';
import type { Hold } from './checkpoint';

/** A lab's pod as it was last observed. */
interface Entry {
  readonly username: string;
  pod: PodObservation;
  /** Whether the lab has been sent that its pod runs: after that, only its own container matters. */
  hasRun: boolean;
  /** Reasons already sent: a pod that alternates between two of them has changed only once it has neither. */
  readonly reasons: Set<string>;
  /** Occurrences of events already sent, by the event's identity. */
  readonly occurrences: Map<string, number>;
}

/** An event whose pod has not been observed yet. */
interface EarlyEvent {
  readonly observed: ObservedPodEvent;
  /** Lets the checkpoint of events pass this one. */
  readonly release: () => void;
}

/** An event that is to be sent, and what is to be called when it has been. */
export interface HeldEvent {
  readonly event: PodEvent;
  readonly release: () => void;
}

/** Maximum number of events that are kept until their pods are observed: the two watches are independent. */
const MAX_EARLY_EVENTS = 1_000;

/** How long an early event holds the checkpoint. Most are about pods that are no labs, which are never observed. */
const EARLY_HOLD_MS = 2_000;

/**
 * The observed pods of all labs. It decides which changes and events are sent to a lab: those that differ from what was
 * sent before in a way that its workflow acts on.
 */
export class PodCache {
  private readonly entries = new Map<string, Entry>();
  private early: EarlyEvent[] = [];
  /** The holds of early events, oldest first, with when they began; in milliseconds, by the clock of the cache. */
  private readonly holds: { readonly since: number; readonly release: () => void }[] = [];

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Records a pod that exists. Returns whether to send it to its lab, and the events that waited for it. */
  upsert(username: string, pod: PodObservation): { isChanged: boolean; events: HeldEvent[] } {
    const known = this.entries.get(pod.uid);
    const entry = known ?? { username, pod, hasRun: false, reasons: new Set(), occurrences: new Map() };
    const isChange = known ? differs(known.pod, pod) : isWorthSending(pod);
    const isOfLab = known !== undefined && concernsLab(known, pod);
    const isProgress = !(entry.hasRun && isOnlyAboutContainers(pod)) && this.progresses(entry, pod);
    entry.pod = pod;
    entry.hasRun ||= pod.isLabRunning;
    this.entries.set(pod.uid, entry);
    const events = known ? [] : this.takeEarly(entry);
    return { isChanged: isChange || isOfLab || isProgress, events };
  }

  /** Records that a pod is gone. */
  remove(uid: string): void {
    this.entries.delete(uid);
  }

  /** Removes the pods that a complete list lacks, and returns them. */
  retain(uids: ReadonlySet<string>): { username: string; uid: string }[] {
    const missing = [...this.entries].filter(([uid]) => !uids.has(uid));
    for (const [uid] of missing) this.remove(uid);
    return missing.map(([uid, { username }]) => ({ username, uid }));
  }

  /**
   * Records an event. Returns it with its lab when it is a new occurrence about a starting pod. One about an unknown
   * pod is kept until the pod is observed, and holds the checkpoint for a moment.
   */
  recordEvent(observed: ObservedPodEvent, hold: Hold): { username: string; event: PodEvent } | null {
    this.releaseStale();
    const entry = this.entries.get(observed.event.podUid);
    if (!entry) this.keepEarly({ observed, release: hold() });
    return entry && this.isToBeSent(entry, observed)
      ? { username: entry.username, event: observed.event }
      : null;
  }

  /** Releases the holds of early events that are older than the time limit. */
  releaseStale(): void {
    const before = this.now() - EARLY_HOLD_MS;
    for (let [oldest] = this.holds; oldest && oldest.since <= before; [oldest] = this.holds) {
      oldest.release();
      this.holds.shift();
    }
  }

  private keepEarly(event: EarlyEvent): void {
    this.early.push(event);
    this.holds.push({ since: this.now(), release: event.release });
    if (this.early.length > MAX_EARLY_EVENTS) this.early.shift()?.release();
  }

  /** The early events of a pod that has just been recorded. */
  private takeEarly(entry: Entry): HeldEvent[] {
    const ofPod = ({ observed }: EarlyEvent) => observed.event.podUid === entry.pod.uid;
    const own = this.early.filter(ofPod);
    if (own.length === 0) return [];
    this.early = this.early.filter((early) => !ofPod(early));
    return own.flatMap(({ observed, release }) => {
      if (this.isToBeSent(entry, observed)) return [{ event: observed.event, release }];
      release();
      return [];
    });
  }

  /** Whether an event is a new occurrence about a starting pod. */
  private isToBeSent(entry: Entry, { uid, count }: ObservedPodEvent): boolean {
    if (entry.pod.phase !== 'Pending' || entry.hasRun) return false;
    const known = entry.occurrences.get(uid) ?? 0;
    entry.occurrences.set(uid, Math.max(known, count));
    return count > known;
  }

  /** Whether a pod has got or lost an obstacle, started, or ended. */
  private progresses({ pod: before, reasons }: Entry, pod: PodObservation): boolean {
    const isOvercome = pod.reason === null && reasons.size > 0;
    const isMet = pod.reason !== null && !reasons.has(pod.reason);
    if (isOvercome) reasons.clear();
    if (pod.reason !== null) reasons.add(pod.reason);
    return (
      isOvercome || isMet || pod.isLabRunning !== before.isLabRunning || pod.exitCode !== before.exitCode
    );
  }
}

/** Whether a pod observed for the first time is in a state that a lab may wait for. */
function isWorthSending(pod: PodObservation): boolean {
  const isSettled = pod.phase !== 'Pending' || pod.isLabRunning || hasLabEnded(pod);
  return isSettled || pod.isDeleting || pod.home !== undefined;
}

function differs(before: PodObservation, after: PodObservation): boolean {
  return (
    before.phase !== after.phase ||
    before.podIp !== after.podIp ||
    before.isDeleting !== after.isDeleting ||
    before.lostNode !== after.lostNode ||
    JSON.stringify(before.home) !== JSON.stringify(after.home)
  );
}

/** Whether the lab's own container has ended finally, or, once it has run, ended or restarted. */
function concernsLab({ pod: before, hasRun }: Entry, pod: PodObservation): boolean {
  if (pod.isDeleting) return false;
  const isChanged = before.lab?.state !== pod.lab?.state;
  const isRestarted = before.lab?.restarts !== pod.lab?.restarts;
  return hasRun ? isChanged || isRestarted : isChanged && pod.lab?.state === 'ended';
}

/** Whether the state of a running pod has only reasons of containers, and none of the pod itself. */
function isOnlyAboutContainers({ phase, container, reason }: PodObservation): boolean {
  return phase === 'Running' && (container !== null || reason === null);
}
