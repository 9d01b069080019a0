import { isFinished, isNewer, type PodObservation } from '../../domain/pod';
import type { PodChange } from './messages';

/**
 * What is known of a lab's one pod. Reads and watcher signals both end here; it drops what concerns
 * other pods, what repeats, and what comes late.
 */
export class PodTracker {
  latest: PodObservation | null = null;
  isGone = false;
  /** Whether somebody says that the pod may be gone, and nobody has looked since. */
  isDoubted = false;
  /** Grows with everything new, so that a phase can wait for news. */
  news = 0;
  /** Since when the pod's node cannot be reached, in milliseconds of the epoch; null while it can. */
  nodeLostSinceMs: number | null = null;
  private uid: string | null = null;
  private spawnId: string | null = null;
  /** A pod that went before it was known to be the lab's. */
  private lostUid: string | null = null;

  /** Whether no container of the pod runs, or ever will again. */
  get hasFinished(): boolean {
    return this.latest !== null && isFinished(this.latest);
  }

  /** The UID of the pod that is followed; null as long as it is not known. */
  get knownUid(): string | null {
    return this.uid;
  }

  /** Forgets the previous pod and waits for the one that this spawn creates. */
  expect(spawnId: string): void {
    this.latest = null;
    this.isGone = false;
    this.nodeLostSinceMs = null;
    this.uid = null;
    this.spawnId = spawnId;
  }

  /** Follows a pod that may never have been observed, only named. */
  follow(uid: string): void {
    this.uid = uid;
    if (uid === this.lostUid) this.lose();
  }

  /** Takes in what the watcher saw. */
  learn(change: PodChange): void {
    if (change.pod) this.observe(change.pod);
    else if (change.uid === this.uid) this.lose();
    else this.lostUid = change.uid;
  }

  /** Takes in a read: `null` means that the pod does not exist. */
  learnRead(pod: PodObservation | null): void {
    if (pod) this.observe(pod);
    else this.lose();
  }

  /**
   * Takes in a read that began when `news` was current. Nothing told before is newer, whatever its version says:
   * signals can be made by hand.
   */
  learnReadSince(news: number, pod: PodObservation | null): void {
    const isLatest = this.news === news && pod !== null && this.isOurs(pod);
    if (isLatest && JSON.stringify(this.latest) !== JSON.stringify(pod)) this.latest = null;
    this.learnRead(pod);
  }

  private isOurs(pod: PodObservation): boolean {
    return this.uid === pod.uid || (this.spawnId !== null && this.spawnId === pod.spawnId);
  }

  private observe(pod: PodObservation): void {
    if (!this.isOurs(pod) || (this.latest && !isNewer(pod, this.latest))) return;
    this.latest = pod;
    this.nodeLostSinceMs = pod.lostNode === undefined ? null : (this.nodeLostSinceMs ?? Date.now());
    this.uid = pod.uid;
    this.news += 1;
  }

  private lose(): void {
    if (this.isGone) return;
    this.isGone = true;
    this.news += 1;
  }
}
