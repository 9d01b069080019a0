import { uuid4 } from '@temporalio/workflow';
import type { PodChange } from '../../domain/pod-change';
import {
  type FailedPull,
  type PrepullReport,
  type PulledImage,
  pullKey,
  retryDelayMs,
  type WantedPull,
} from '../../domain/prepull';
import type { PrepullSettings, PrepullSnapshot, PullsWanted, RecentPull } from './messages';
import { RunningPull } from './running-pull';

/** How a pull ended. `stopped` is not a failure. */
export type PullOutcome =
  | { readonly kind: 'pulled' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed' | 'timeout'; readonly reason: string };

/** Maximum number of failures in a report, since every report stays in the history. */
const MAX_REPORTED = 200;

/** Longest reason of a failure, in UTF-16 units. */
const MAX_REASON = 1_000;

const DEFAULTS = {
  imagePullPatienceMs: 30_000,
  checkMs: 30_000,
  kubernetesRequestMs: 30_000,
  publishMs: 2_000,
};

/** State of the workflow: wanted, running, failed and completed pulls. Handlers and pulls change it. */
export class PrepullState {
  private present: Required<PrepullSettings> | null = null;
  private isStopOrdered = false;
  private isRenewalAwaited = false;
  private changeCount = 0;
  private isChanged = false;
  /** By node. */
  private readonly running = new Map<string, RunningPull>();
  private wanted = new Map<string, WantedPull>();
  private readonly failed = new Map<string, FailedPull>();
  private pulled: RecentPull[] = [];
  private done = 0;

  /** A workflow that continued as new. */
  static resumed(snapshot: PrepullSnapshot): PrepullState {
    const state = new PrepullState();
    state.present = { ...DEFAULTS, ...snapshot.settings };
    state.wanted = new Map(snapshot.wanted.map((pull) => [pullKey(pull), pull]));
    for (const { key, ...failed } of snapshot.failed) state.failed.set(key, failed);
    for (const carried of snapshot.running) {
      const running = RunningPull.carried(carried, Date.now());
      state.running.set(running.pull.node, running);
    }
    state.pulled = [...snapshot.pulled];
    state.done = snapshot.done;
    return state;
  }

  /** The settings of the latest list; null before the first. */
  get settings(): Required<PrepullSettings> | null {
    return this.present;
  }

  /** Whether no pull begins any more, and those under way are cancelled. */
  get isStopped(): boolean {
    return this.isStopOrdered;
  }

  /** Incremented by every change after which a pull may begin or the workflow may end. */
  get changes(): number {
    return this.changeCount;
  }

  /** Whether there are unpublished changes. */
  get needsPublication(): boolean {
    return this.isChanged;
  }

  /** The pulls under way. */
  get runningPulls(): readonly RunningPull[] {
    return [...this.running.values()];
  }

  get isFinished(): boolean {
    return this.running.size === 0 && (this.isStopped || this.wanted.size === 0);
  }

  /** Whether all running pulls can be carried over a continue-as-new. */
  get isQuiet(): boolean {
    return this.runningPulls.every(({ isWaiting }) => isWaiting);
  }

  /** Replaces the list of wanted pulls. */
  want({ pulls, settings }: PullsWanted): void {
    this.wanted = new Map(pulls.map((pull) => [pullKey(pull), pull]));
    this.present = { ...DEFAULTS, ...settings };
    // A list that was made before a pull ended still has the pull; if the next list has it too, it is wanted again.
    this.pulled = this.pulled.filter((image) => !image.isListed && this.wanted.delete(pullKey(image)));
    this.pulled = this.pulled.map((image) => ({ ...image, isListed: true }));
    for (const key of this.failed.keys()) if (!this.wanted.has(key)) this.failed.delete(key);
    this.touch();
  }

  /** Processes changes from the watcher for the pulls that they concern. */
  observe(changes: readonly PodChange[]): void {
    for (const change of changes) for (const { pod } of this.running.values()) pod.observeChange(change);
  }

  /** Lets failed pulls begin without their delay. */
  retryNow(): void {
    const nextTryAt = new Date().toISOString();
    for (const [key, failed] of this.failed) this.failed.set(key, { ...failed, nextTryAt });
    this.touch();
  }

  stop(): void {
    this.isStopOrdered = true;
    for (const running of this.runningPulls) running.cancel();
    this.touch();
  }

  /** Lets no pull begin until `endRenewal`: the workflow is about to continue as new. */
  beginRenewal(): void {
    this.isRenewalAwaited = true;
  }

  endRenewal(): void {
    this.isRenewalAwaited = false;
  }

  /** Starts and returns the pulls that may begin now: one per node, in the order of the list, within the bound. */
  begin(nowMs: number): RunningPull[] {
    if (this.isStopped || this.isRenewalAwaited) return [];
    const begun: RunningPull[] = [];
    for (const [key, pull] of this.wanted) {
      if (this.running.size >= (this.settings?.bound ?? 0)) break;
      if (this.running.has(pull.node) || this.retryAtMs(key) > nowMs) continue;
      const running = new RunningPull(pull, uuid4(), nowMs);
      this.running.set(pull.node, running);
      begun.push(running);
    }
    if (begun.length > 0) this.isChanged = true;
    return begun;
  }

  /** Records how a pull ended; returns its failure, if it failed and is still wanted. */
  settle({ pull }: RunningPull, outcome: PullOutcome): FailedPull | null {
    const key = pullKey(pull);
    this.running.delete(pull.node);
    this.touch();
    if (outcome.kind === 'stopped') return null;
    if (outcome.kind === 'pulled') {
      const { node, digest } = pull;
      this.wanted.delete(key);
      this.failed.delete(key);
      this.pulled = [...this.pulled, { node, digest, isListed: false }];
      this.done += 1;
      return null;
    }
    if (!this.wanted.has(key) || !this.settings) return null;
    const attempts = (this.failed.get(key)?.attempts ?? 0) + 1;
    const delayMs = retryDelayMs(attempts, this.settings.retryMs, this.settings.maxRetryMs);
    const { node, reference } = pull;
    const nextTryAt = new Date(Date.now() + delayMs).toISOString();
    const reason = outcome.reason.slice(0, MAX_REASON);
    const failed = { node, reference, reason, attempts, nextTryAt };
    this.failed.set(key, failed);
    return failed;
  }

  /** Time until a failed pull may be retried, in milliseconds; infinite without one. */
  untilRetryMs(nowMs: number): number {
    const times = [...this.failed.keys()].map((key) => this.retryAtMs(key)).filter((ms) => ms > nowMs);
    return Math.min(...times) - nowMs;
  }

  /** Time until pods should be read because no change was observed; infinite while no pull waits. */
  untilCheckMs(nowMs: number): number {
    const waiting = this.runningPulls.filter(({ isWaiting }) => isWaiting);
    return Math.min(...waiting.map(({ readMs }) => readMs)) + (this.settings?.checkMs ?? 0) - nowMs;
  }

  /** Ends waits for changes, and marks the state for publication. */
  touch(): void {
    this.changeCount += 1;
    this.isChanged = true;
  }

  /** Records that the present state is published. */
  markPublished(): void {
    this.isChanged = false;
  }

  /** The report for operators. */
  report(): PrepullReport {
    const running = this.runningPulls.map(({ pull: { node, reference }, sinceMs }) => ({
      node,
      reference,
      since: new Date(sinceMs).toISOString(),
    }));
    const under = new Set(this.runningPulls.map(({ pull }) => pullKey(pull)));
    const waiting = [...this.wanted.keys()].filter((key) => !under.has(key) && !this.failed.has(key)).length;
    const failed = [...this.failed.values()].slice(0, MAX_REPORTED);
    return { running, failed, failedCount: this.failed.size, waiting, done: this.done };
  }

  /** The images of completed pulls that lists may not have yet. */
  recent(): PulledImage[] {
    return this.pulled.map(({ node, digest }) => ({ node, digest }));
  }

  /** The snapshot for a continue-as-new. */
  snapshot(settings: PrepullSettings): PrepullSnapshot {
    return {
      version: 1,
      settings,
      wanted: [...this.wanted.values()],
      running: this.runningPulls.map((running) => running.carry()),
      failed: [...this.failed].map(([key, failed]) => ({ ...failed, key })),
      pulled: this.pulled,
      done: this.done,
    };
  }

  private retryAtMs(key: string): number {
    const failed = this.failed.get(key);
    return failed ? Date.parse(failed.nextTryAt) : Number.NEGATIVE_INFINITY;
  }
}
