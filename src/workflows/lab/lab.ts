import { patched, uuid4 } from '@temporalio/workflow';
import { type LabRecord, pendingRecord } from '../../domain/lab';
import type { LabPlace, LabTarget } from '../../domain/lab-address';
import { type Ending, failedEnding, type LabFailure } from '../../domain/lab-end';
import { untilNextCheck } from '../../domain/lab-timeouts';
import { podEnding } from '../../domain/pod-verdict';
import { CurrentStep } from '../lifecycle/current-step';
import { InterruptibleStep, StandingOrder } from '../lifecycle/orders';
import { HubNotification } from './hub-notification';
import { LabPod, StartWarning } from './lab-pod';
import type { LabEvent } from './machine';
import type { Adoption, LabSnapshot, LabTimeouts, LabWorkflowInput, SpawnRequest } from './messages';
import { NamespaceRemoval } from './namespace-removal';
import { labActivities } from './proxies';
import { PublishedRecord } from './published-record';
import { Shutdown } from './shutdown';

/** Runs that were forced twice before this patch interrupted the forced deletion, and failed. */
const FORCE_ONCE = '2026-11-force-once';

/** The order that a phase carries out next. */
export type Order =
  | { readonly event: 'spawnOrdered'; readonly request: SpawnRequest }
  | { readonly event: 'shutdownOrdered'; readonly shutdown: Shutdown };

/** How a phase ends: with an order, or with an event. */
export type PhaseEnd = Order | { readonly event: Exclude<LabEvent, Order['event']> };

/** Initial state of a run: of a new or adopted lab, or of a snapshot. */
interface Beginning {
  readonly record: LabRecord;
  readonly timeouts: LabTimeouts;
  readonly namespace?: string;
  /** The spawn that the lab's objects are labelled with; null for labs of other controllers, or where it is not known. */
  readonly spawnId?: string | null;
  /** UID of the namespace of an adopted lab, which may lack the label. */
  readonly namespaceUid?: string | null;
  readonly pastLabs?: LabSnapshot['pastLabs'];
  readonly isResumed?: boolean;
}

/**
 * The state of a lab in its workflow: the published record, the latest observation of its pod, and its orders. Message
 * handlers change it and return; the phases act on it.
 */
export class Lab {
  readonly record: PublishedRecord;
  readonly pod = new LabPod();
  readonly step = new CurrentStep();
  readonly interruptible = new InterruptibleStep();
  readonly orders = new StandingOrder<Order>();
  readonly startWarning = new StartWarning(this.step);
  readonly namespaceRemoval = new NamespaceRemoval(this);
  readonly hubNotification = new HubNotification();
  /** Whether this run of the workflow began as a continuation. */
  readonly isResumed: boolean;
  private limits: LabTimeouts;
  private namespace: string;
  private spawnId: string | null;
  private namespaceUid: string | null;
  private shutdown: Shutdown | null = null;
  private isGraceDropped = false;

  private constructor(beginning: Beginning) {
    const { record, timeouts } = beginning;
    this.record = new PublishedRecord(record, timeouts.deleteMs, beginning.pastLabs);
    this.limits = timeouts;
    this.namespace = beginning.namespace ?? record.namespace;
    this.spawnId = beginning.spawnId ?? null;
    this.namespaceUid = beginning.namespaceUid ?? null;
    this.isResumed = beginning.isResumed ?? false;
  }

  /** A new lab. Its record is already in the memo: the caller that started the workflow wrote it. */
  static fresh({ operationId, plan, timeouts }: SpawnRequest, startedAt: Date): Lab {
    const record = pendingRecord(plan, { id: operationId, kind: 'spawn' }, startedAt.toISOString());
    return new Lab({ record, timeouts, spawnId: operationId });
  }

  /** An adopted lab. Its record is in the memo; its pod is to be read again. */
  static adopted({ lab: { record, pod, namespaceUid }, timeouts }: Adoption): Lab {
    const lab = new Lab({ record, timeouts, spawnId: pod.spawnId, namespaceUid: namespaceUid ?? null });
    lab.namespaceRemoval.expectRemains();
    lab.pod.follow(pod.uid);
    lab.pod.observeRead(pod);
    lab.pod.requestRead();
    lab.step.begin(`adopted as ${record.status}`, record.failure?.message);
    return lab;
  }

  /** A lab whose workflow continued as new. */
  static resumed({ pod, ...snapshot }: LabSnapshot): Lab {
    const lab = new Lab({ ...snapshot, spawnId: snapshot.spawnId ?? pod?.spawnId ?? null, isResumed: true });
    lab.namespaceRemoval.expectRemains();
    if (pod) {
      lab.pod.follow(pod.uid);
      lab.pod.observeRead(pod);
    }
    return lab;
  }

  get username(): string {
    return this.record.current.user.username;
  }

  /** The user, and the namespace in which the lab's objects are or will be created next, for activities. */
  get place(): LabPlace {
    return { username: this.username, namespace: this.namespace };
  }

  /** The IDs of the lab's objects, for activities. */
  get target(): LabTarget {
    const { namespaceUid, place, pod, spawnId } = this;
    return { ...place, spawnId, podUid: pod.knownUid, namespaceUid };
  }

  get timeouts(): LabTimeouts {
    return this.limits;
  }

  /** The lab's activities, with its timeouts. */
  get activities() {
    return labActivities(this.limits);
  }

  /** Whether an operator has ordered the deletion of the pod without grace. */
  get isForced(): boolean {
    return this.isGraceDropped;
  }

  /** The shutdown that later callers join. */
  get shutdownInProgress(): Shutdown | null {
    return this.shutdown?.isOpen ? this.shutdown : null;
  }

  /** The workflow input with which the lab continues as new. */
  continuation(): [LabWorkflowInput] {
    const { namespace, namespaceUid, pod, record, spawnId, timeouts } = this;
    const { current, pastLabs } = record;
    const identity = { namespace, namespaceUid, spawnId };
    const snapshot = {
      version: 1,
      record: current,
      ...identity,
      timeouts,
      pod: pod.latest,
      pastLabs,
    } as const;
    return [{ kind: 'resume', snapshot }];
  }

  /** Publishes the obstacle of the present step to operators, and in the operation's event stream. */
  setObstacle(obstacle: string): void {
    this.step.setObstacle(obstacle);
    this.record.setObstacle(obstacle);
  }

  /**
   * Records how the lab ended, unless it has ended. Notifies the hub of a running lab's end that was not requested by
   * the API.
   */
  end(ending: Ending): void {
    const { hubRequestMs } = this.limits;
    const isNewsToHub = this.record.status === 'running' && !isOrderOfApi(ending);
    const endedAt = this.record.noteEnd(ending);
    if (endedAt !== null && isNewsToHub && hubRequestMs) {
      this.hubNotification.send({ username: this.username, endedAt }, hubRequestMs);
    }
  }

  /** Records why the lab failed. It stays readable as failed until it is replaced or removed. */
  fail(failure: LabFailure): PhaseEnd {
    this.end(failedEnding(failure));
    this.record.apply('failed', { internalUrl: null, failure });
    this.step.begin(`failed: ${failure.reason}`, failure.message);
    return { event: 'failed' };
  }

  /** Accepts a spawn: from here on the lab is pending, and the previous one is part of `pastLabs`. */
  orderSpawn(request: SpawnRequest): void {
    void this.hubNotification.withdraw();
    this.orders.place({ event: 'spawnOrdered', request });
    this.limits = request.timeouts;
    const { obstacle } = this.namespaceRemoval;
    this.record.replace(request, podEnding(this.pod.latest), obstacle?.message);
    this.interruptible.interrupt();
  }

  /**
   * Accepts a shutdown: from here on the lab is terminating. `ending` is the cause, null where the lab has ended
   * already. Replaces a spawn order. An earlier failure stays in the record, so that the closed workflow can still be
   * found by its reason.
   */
  orderShutdown(operationId: string, ending: Ending | null): Shutdown {
    if (ending) this.end(ending);
    const shutdown = new Shutdown();
    this.shutdown = shutdown;
    this.orders.place({ event: 'shutdownOrdered', shutdown });
    const operation = { id: operationId, kind: 'delete' } as const;
    this.record.apply('shutdownOrdered', { internalUrl: null, operation });
    this.interruptible.interrupt();
    return shutdown;
  }

  /** Ends the present phase with a shutdown that no caller waits for. `ending` as for `orderShutdown`. */
  shutDown(ending: Ending | null): PhaseEnd {
    const shutdown = this.orderShutdown(uuid4(), ending);
    this.orders.take();
    return { event: 'shutdownOrdered', shutdown };
  }

  /**
   * Drops the grace of a shutdown that is under way or about to begin:
   *
   * 1. an operator forces the shutdown, and the pod is being deleted without grace;
   * 2. the operator, or another one, forces it again, since the lab is still there;
   * 3. the deletion goes on, since an interruption would make it fail.
   */
  dropGrace(): void {
    if (this.isGraceDropped && patched(FORCE_ONCE)) return;
    this.isGraceDropped = true;
    this.interruptible.interrupt();
  }

  /** Gives the next shutdown its grace again. */
  restoreGrace(): void {
    this.isGraceDropped = false;
  }

  /** Starts tracking the pod of a new spawn: drops the previous pod and its warnings. */
  expectPod(spawnId: string, namespace: string): void {
    this.namespace = namespace;
    this.namespaceUid = null;
    this.spawnId = spawnId;
    this.pod.expect(spawnId);
    this.startWarning.clear();
  }

  /** How long an interruptible step waits for a change of the pod before it reads the pod, in milliseconds. */
  untilNextCheck(intervalMs: number): number {
    const finalCheckAtMs = this.interruptible.deadlineMs - this.limits.finalCheckMs;
    return untilNextCheck(Date.now(), intervalMs, finalCheckAtMs);
  }
}

/** Whether the end was requested through the API, by the hub or by a caller; the hub is not notified of such an end. */
function isOrderOfApi({ by }: Ending): boolean {
  return by === 'hub' || by === 'caller';
}
