import { isFinished, isNewer, type PodObservation } from '../../domain/pod';
import type { PodChange } from '../../domain/pod-change';

/** The fields of an observation that a tracker uses. */
export interface Observation {
  readonly uid: string;
  readonly resourceVersion: string;
  /** The spawn ID, or pull ID, of the object's label; null for objects of other controllers. */
  readonly spawnId: string | null;
}

/**
 * The latest observation of one Kubernetes object. Gets both reads and signals; drops observations of
 * other objects (by UID, or by spawn ID), repeated ones, and late ones (by resource version).
 */
export class ObjectTracker<T extends Observation> {
  private observed: T | null = null;
  private hasGone = false;
  private isReadNeeded = false;
  private changes = 0;
  private uid: string | null = null;
  private spawnId: string | null = null;
  /** UID of an object that was deleted before it was known to be the tracked one. */
  private deletedUid: string | null = null;

  /** `isNewer` compares two observations that may be of the same object. */
  constructor(private readonly isNewer: (candidate: T, known: T) => boolean) {}

  /** The latest observation, kept when the object is gone; null before the first. */
  get latest(): T | null {
    return this.observed;
  }

  /** The UID of the tracked object; null until it is known. */
  get knownUid(): string | null {
    return this.uid;
  }

  get isGone(): boolean {
    return this.hasGone;
  }

  /** Whether the object may have changed or gone without an observation, so that it has to be read. */
  get needsRead(): boolean {
    return this.isReadNeeded;
  }

  /** Incremented by every new observation, so that a phase can wait for the next one. */
  get revision(): number {
    return this.changes;
  }

  /** Drops the previous object, and tracks the one with this spawn ID. */
  expect(spawnId: string): void {
    this.observed = null;
    this.hasGone = false;
    this.uid = null;
    this.spawnId = spawnId;
  }

  /** Tracks the object with this UID, which need not have been observed yet. */
  follow(uid: string): void {
    this.uid = uid;
    if (uid === this.deletedUid) this.markGone();
  }

  /** Requests that the present phase reads the object. */
  requestRead(): void {
    this.isReadNeeded = true;
  }

  /** Records that the object is about to be read. */
  beginRead(): void {
    this.isReadNeeded = false;
  }

  /** Processes an observation. */
  observe(object: T): void {
    if (!this.isTracked(object) || (this.observed && !this.isNewer(object, this.observed))) return;
    this.observed = object;
    this.uid = object.uid;
    this.changes += 1;
    this.onChange(object);
  }

  /** Processes the deletion of an object. */
  observeDeletion(uid: string): void {
    if (uid === this.uid) this.markGone();
    else this.deletedUid = uid;
  }

  /** Processes a read: `null` means that the object does not exist. */
  observeRead(object: T | null): void {
    if (object) this.observe(object);
    else this.markGone();
  }

  /**
   * Processes a read that began at this revision. Earlier observations are never newer, whatever their resource
   * versions are: signals can be forged.
   */
  observeReadSince(revision: number, object: T | null): void {
    const isLatest = this.changes === revision && object !== null && this.isTracked(object);
    if (isLatest && JSON.stringify(this.observed) !== JSON.stringify(object)) this.observed = null;
    this.observeRead(object);
  }

  /** Processes a read, and drops all earlier observations. */
  observeReadInstead(object: T | null): void {
    this.observed = null;
    this.observeRead(object);
  }

  /** Hook for state that subclasses derive from observations. */
  protected onChange(_object: T): void {}

  private isTracked(object: T): boolean {
    return this.uid === object.uid || (this.spawnId !== null && this.spawnId === object.spawnId);
  }

  private markGone(): void {
    if (this.hasGone) return;
    this.hasGone = true;
    this.changes += 1;
  }
}

/** The latest observation of one pod. */
export class PodTracker extends ObjectTracker<PodObservation> {
  constructor() {
    super(isNewer);
  }

  /** Whether all containers of the pod have ended and none will be restarted. */
  get hasFinished(): boolean {
    return this.latest !== null && isFinished(this.latest);
  }

  /** Processes a change from the watcher. */
  observeChange(change: PodChange): void {
    if (change.pod) this.observe(change.pod);
    else this.observeDeletion(change.uid);
  }
}
