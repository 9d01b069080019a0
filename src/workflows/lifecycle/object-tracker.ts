/** What a tracker needs to know of a Kubernetes object. */
export interface Observation {
  readonly uid: string;
  readonly resourceVersion: string;
  /** What the object was created for, from its label; null where others have created it. */
  readonly spawnId: string | null;
}

/**
 * The latest observation of one Kubernetes object. Reads and signals both end here; it drops what concerns other
 * objects (by UID, or by what the object was created for), what repeats, and what comes late (by resource version).
 */
export class ObjectTracker<T extends Observation> {
  private observed: T | null = null;
  private hasGone = false;
  private isReadNeeded = false;
  private changes = 0;
  private uid: string | null = null;
  private spawnId: string | null = null;
  /** An object that went before it was known to be the one that is tracked. */
  private deletedUid: string | null = null;

  /** `isNewer` compares two observations of what may be the same object. */
  constructor(private readonly isNewer: (candidate: T, known: T) => boolean) {}

  /** The latest observation, which stays when the object is gone; null before the first. */
  get latest(): T | null {
    return this.observed;
  }

  /** The UID of the object that is tracked; null as long as it is not known. */
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

  /** Grows with every observation that is new, so that a phase can wait for the next one. */
  get revision(): number {
    return this.changes;
  }

  /** Drops the previous object, and waits for the one that is created for this. */
  expect(spawnId: string): void {
    this.observed = null;
    this.hasGone = false;
    this.uid = null;
    this.spawnId = spawnId;
  }

  /** Tracks an object that may never have been observed, only named. */
  follow(uid: string): void {
    this.uid = uid;
    if (uid === this.deletedUid) this.markGone();
  }

  /** Asks the phase that runs to read the object. */
  requestRead(): void {
    this.isReadNeeded = true;
  }

  /** Says that the object is about to be read. */
  beginRead(): void {
    this.isReadNeeded = false;
  }

  /** Takes in an observation. */
  observe(object: T): void {
    if (!this.isTracked(object) || (this.observed && !this.isNewer(object, this.observed))) return;
    this.observed = object;
    this.uid = object.uid;
    this.changes += 1;
    this.onChange(object);
  }

  /** Takes in that an object is gone. */
  observeDeletion(uid: string): void {
    if (uid === this.uid) this.markGone();
    else this.deletedUid = uid;
  }

  /** Takes in a read: `null` means that the object does not exist. */
  observeRead(object: T | null): void {
    if (object) this.observe(object);
    else this.markGone();
  }

  /**
   * Takes in a read that began at this revision. Nothing that was observed before is newer, whatever its resource version
   * says: signals can be made by hand.
   */
  observeReadSince(revision: number, object: T | null): void {
    const isLatest = this.changes === revision && object !== null && this.isTracked(object);
    if (isLatest && JSON.stringify(this.observed) !== JSON.stringify(object)) this.observed = null;
    this.observeRead(object);
  }

  /** Takes in a read in place of whatever was observed before. */
  observeReadInstead(object: T | null): void {
    this.observed = null;
    this.observeRead(object);
  }

  /** For what a kind of tracker derives from observations. */
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
