import type {
  FileServerFailure,
  FileServerObservation,
  FileServerTarget,
  FileServerTimeouts,
  FileServerUids,
} from '../../domain/file-server';
import { type Ending, failedEnding } from '../../domain/lab-end';
import { untilNextCheck } from '../../domain/lab-timeouts';
import { CurrentStep } from '../lifecycle/current-step';
import { PodTracker } from '../lifecycle/object-tracker';
import { InterruptibleStep, StandingOrder } from '../lifecycle/orders';
import type { Beginning } from './beginnings';
import type { EnsureRequest, FileServerWorkflowInput } from './messages';
import { fileServerActivities } from './proxies';
import { PublishedRecord } from './published-record';
import { type Creation, Requests, type Shutdown } from './requests';
import { StartWarning } from './start-warning';

const DELETED: FileServerFailure = {
  reason: 'PodVanished',
  message: 'The file server was deleted while it was being created',
  detail: null,
};

/**
 * The state of a user's file server in its workflow: the published record, the latest observation of its pod, and what
 * callers wait for. Message handlers change it and return; the phases act on it.
 */
export class FileServer {
  readonly record: PublishedRecord;
  readonly pod = new PodTracker();
  readonly step = new CurrentStep();
  readonly interruptible = new InterruptibleStep();
  readonly warning = new StartWarning();
  readonly removalOrder = new StandingOrder<true>();
  readonly requests = new Requests();
  /** Whether this run of the workflow began as a continuation. */
  readonly isResumed: boolean;
  private limits: FileServerTimeouts;
  private uids: FileServerUids;
  private mayHaveRemains: boolean;
  private isUnderRemoval = false;
  private isGraceDropped = false;
  private hasEnded = false;

  constructor({ isResumed, mayHaveRemains, pod, record, timeouts, uids }: Beginning) {
    this.record = new PublishedRecord(record);
    this.limits = timeouts;
    this.uids = uids;
    this.isResumed = isResumed;
    this.mayHaveRemains = mayHaveRemains;
    if (record.operationId !== null) this.pod.expect(record.operationId);
    if (pod) this.pod.follow(pod.uid);
    if (pod && isResumed) this.pod.observeRead(pod);
    if (mayHaveRemains && !isResumed) this.pod.requestRead();
  }

  get username(): string {
    return this.record.current.username;
  }

  /** The IDs of the file server's objects, for activities. */
  get target(): FileServerTarget {
    const { namespace, operationId, routing, username } = this.record.current;
    return { username, namespace, routing, operationId, uids: this.uids };
  }

  get timeouts(): FileServerTimeouts {
    return this.limits;
  }

  /** The file server's activities, with its timeouts. */
  get activities() {
    return fileServerActivities(this.limits);
  }

  /** Whether a phase in which nothing is to be done has anything to do. */
  get hasWork(): boolean {
    return this.removalOrder.isPlaced || this.requests.isCreationWaiting;
  }

  /** Whether an operator has ordered the deletion of the pod without grace. */
  get isForced(): boolean {
    return this.isGraceDropped;
  }

  /** Whether Kubernetes may hold objects of this file server. */
  get hasRemains(): boolean {
    return this.mayHaveRemains;
  }

  /** Whether the file server has been removed, and no other one is to be created. */
  get isGone(): boolean {
    return this.hasEnded && !this.requests.isCreationWaiting;
  }

  /** The workflow input with which a running file server continues as new. */
  continuation(): [FileServerWorkflowInput] {
    const { limits: timeouts, pod, record, uids } = this;
    const snapshot = { version: 1, record: record.current, timeouts, uids, pod: pod.latest } as const;
    return [{ kind: 'resume', snapshot }];
  }

  /** Publishes the obstacle of the present step. */
  setObstacle(obstacle: string): void {
    if (this.step.obstacle === obstacle) return;
    this.step.setObstacle(obstacle);
    this.record.setObstacle(obstacle);
  }

  /** Accepts a creation, which begins once nothing is left of the present file server. */
  orderCreation(request: EnsureRequest): Creation {
    const creation = this.requests.place(request);
    if (this.record.phase === 'running') this.interruptible.interrupt();
    return creation;
  }

  /** Begins the creation that waits; null without one. */
  beginCreation(): Creation | null {
    const creation = this.requests.begin();
    if (!creation) return null;
    const { operationId, plan, timeouts } = creation.request;
    this.limits = timeouts;
    this.uids = {};
    this.isGraceDropped = false;
    this.hasEnded = false;
    this.pod.expect(operationId);
    this.warning.clear();
    this.record.replace({
      username: this.username,
      namespace: plan.namespace,
      routing: plan.routing,
      operationId,
      startedAt: plan.acceptedAt,
      deleteTimeoutMs: timeouts.deleteMs,
    });
    return creation;
  }

  /** Records whether Kubernetes may hold objects of this file server. */
  expectRemains(mayHaveRemains: boolean): void {
    this.mayHaveRemains = mayHaveRemains;
  }

  /** Records the UIDs of created objects. */
  follow(uids: FileServerUids): void {
    this.uids = uids;
  }

  /** Takes a file server that was found in place of the one that was to be created. */
  adopt({ ingress, job, pod }: FileServerObservation): void {
    const operationId = job?.spawnId ?? ingress?.spawnId ?? null;
    this.uids = job ? { job: job.uid } : {};
    if (operationId !== null) this.pod.expect(operationId);
    if (pod) this.pod.follow(pod.uid);
    this.record.noteAdoption(operationId);
  }

  /** Publishes that the file server is usable, and answers its callers. */
  completeCreation(): void {
    this.record.apply('running');
    this.requests.complete();
  }

  /** Records why the creation failed. Its callers get the failure once what was created is removed. */
  failCreation(creation: Creation, failure: FileServerFailure): void {
    this.requests.noteFailure(creation, failure);
    this.fail(failure);
  }

  /** Records why the file server failed. */
  fail(failure: FileServerFailure): void {
    this.record.noteEnd(failedEnding(failure));
    this.record.apply('failed', failure);
  }

  /**
   * Accepts a removal, or joins the one under way. Creations that wait or are under way are given up:
   *
   * 1. a user asks for a file server, and another one, or an operator, for its end;
   * 2. the creation is interrupted, and its callers get that as their error;
   * 3. who asks for a file server after that gets a new one, once the removal has ended.
   */
  orderShutdown(ending: Ending): Shutdown {
    this.requests.giveUpAll(DELETED);
    const shutdown = this.requests.joinShutdown();
    if (this.isUnderRemoval || this.removalOrder.isPlaced) return shutdown;
    this.record.noteEnd(ending);
    this.record.apply('stopping');
    this.removalOrder.place(true);
    this.interruptible.interrupt();
    return shutdown;
  }

  /** Drops the grace of a removal that is under way or about to begin; once, since an interruption would delay it. */
  dropGrace(): void {
    if (this.isGraceDropped) return;
    this.isGraceDropped = true;
    if (this.isUnderRemoval) this.interruptible.interrupt();
  }

  /** Records that the removal of the objects begins. */
  beginRemoval(): void {
    this.isUnderRemoval = true;
    this.removalOrder.take();
    if (this.record.phase !== 'stopping' && this.record.phase !== 'failed') this.record.apply('stopping');
  }

  /** Answers all callers that wait for the removal, which goes on. */
  failRemoval(failure: FileServerFailure): void {
    this.requests.endShutdown(failure);
    if (this.record.phase !== 'failed') this.record.apply('stopping', failure);
  }

  /** Records that nothing is left of the file server, and answers all callers that wait for that. */
  endRemoval(): void {
    this.isUnderRemoval = false;
    this.mayHaveRemains = false;
    this.hasEnded = true;
    if (this.record.phase !== 'failed') this.record.apply('stopped');
    this.requests.endShutdown(null);
  }

  /** How long an interruptible step waits for news before it reads, in milliseconds. */
  untilNextCheck(intervalMs: number): number {
    const finalCheckAtMs = this.interruptible.deadlineMs - this.limits.finalCheckMs;
    return untilNextCheck(Date.now(), intervalMs, finalCheckAtMs);
  }
}
