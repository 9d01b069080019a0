import {
  CancellationScope,
  CancelledFailure,
  patched,
  upsertMemo,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { EventObstacle } from '../../domain/event-obstacle';
import type { LabFailure, LabRecord } from '../../domain/lab';
import { type Ending, failedEnding } from '../../domain/lab-end';
import { pendingRecord } from '../../domain/lab-record';
import { untilNextCheck } from '../../domain/lab-timeouts';
import type { WaitObstacle } from '../../domain/obstacle';
import { type PastLab, withPastLab } from '../../domain/past-lab';
import type { ProvenAddress } from '../../domain/pod-address';
import { podEnding } from '../../domain/pod-ending';
import { LAB_IMAGE, LAB_REASON, LAB_SINCE, LAB_STATUS } from '../../temporal/search-attributes';
import { CurrentStep } from './current-step';
import { HubNotice } from './hub-notice';
import type { Adoption, LabSnapshot, LabTimeouts, SpawnRequest } from './messages';
import { PodTracker } from './pod-tracker';
import { labActivities } from './proxies';

/** Runs without this tell obstacles to operators only. */
const TELL_OBSTACLES = '2026-11-tell-obstacles';

/** What the lab has been told to do next. Only one order stands at a time. */
export type Order =
  | { readonly kind: 'spawn'; readonly request: SpawnRequest }
  | { readonly kind: 'shutdown'; readonly outcome: ShutdownOutcome };

/** The stretches of a lab's life; each is one function in a file of its name. */
export type Phase =
  | Order
  | { readonly kind: 'monitor'; readonly environment: Readonly<Record<string, string>> }
  | { readonly kind: 'run' | 'ended' | 'removal' | 'closed' };

/** How a shutdown went, shared by all callers that wait for it. */
export interface ShutdownOutcome {
  result: 'open' | 'done' | 'failed';
}

/**
 * A lab inside its workflow: what it has published, what it last saw of its pod, and what it has been
 * told to do. Message handlers change it and return; the phases act on it.
 */
export class LabState {
  record: LabRecord;
  /** Where objects of the lab are, or will be created next. */
  namespace: string;
  timeouts: LabTimeouts;
  order: Order | null = null;
  /** Whether an operator wants the pod gone without grace. */
  isForced = false;
  /** Whether Kubernetes may hold objects of this lab. */
  hasRemains = false;
  /** Whether this run of the workflow began as a continuation. */
  isResumed = false;
  isRemovingNamespace = false;
  /** What keeps the namespace that is being removed, and since when that is known, in milliseconds of the epoch. */
  namespaceObstacle: (WaitObstacle & { readonly sinceMs: number }) | null = null;
  /** The last warning about the starting pod that still stands. */
  warning: EventObstacle | null = null;
  readonly pod = new PodTracker();
  readonly step = new CurrentStep();
  readonly hubNotice = new HubNotice();
  /** Labs that this workflow held before, newest first. */
  pastLabs: readonly PastLab[] = [];
  private lastShutdown: ShutdownOutcome | null = null;
  private scope: CancellationScope | null = null;
  private deadlineMs = 0;

  private constructor(record: LabRecord, timeouts: LabTimeouts, namespace = record.namespace) {
    this.record = record;
    this.namespace = namespace;
    this.timeouts = timeouts;
  }

  /** A new lab. Its record is already in the memo: the caller that started the workflow wrote it. */
  static fresh(request: SpawnRequest, startedAt: Date): LabState {
    const operation = { id: request.operationId, kind: 'spawn' } as const;
    return new LabState(pendingRecord(request.plan, operation, startedAt.toISOString()), request.timeouts);
  }

  /** A lab that exists already. Its record is in the memo; its pod is to be read again. */
  static adopted({ lab, timeouts }: Adoption): LabState {
    const state = new LabState(lab.record, timeouts);
    state.hasRemains = true;
    state.pod.follow(lab.pod.uid);
    state.pod.learnRead(lab.pod);
    state.pod.isDoubted = true;
    state.step.begin(`adopted as ${lab.record.status}`, lab.record.failure?.message);
    return state;
  }

  /** A lab that continued as new. */
  static resumed(snapshot: LabSnapshot): LabState {
    const state = new LabState(snapshot.record, snapshot.timeouts, snapshot.namespace);
    state.hasRemains = true;
    state.isResumed = true;
    state.pastLabs = snapshot.pastLabs ?? [];
    if (snapshot.pod) {
      state.pod.follow(snapshot.pod.uid);
      state.pod.learnRead(snapshot.pod);
    }
    return state;
  }

  get username(): string {
    return this.record.user.username;
  }

  /** Names the lab to activities. */
  get place(): { readonly username: string; readonly namespace: string } {
    return { username: this.username, namespace: this.namespace };
  }

  /** What the lab can have done to Kubernetes. */
  get activities() {
    return labActivities(this.timeouts);
  }

  /** The phase in which a lab that continued as new goes on. */
  get quietPhase(): Phase {
    return { kind: this.record.status === 'running' ? 'run' : 'ended' };
  }

  /** The shutdown that later callers join. */
  get shutdownInProgress(): ShutdownOutcome | null {
    return this.lastShutdown?.result === 'open' ? this.lastShutdown : null;
  }

  /** Makes a change of status visible to callers (memo) and operators (search attributes). */
  publish(change: Partial<LabRecord>, memo: { readonly pastLabs?: readonly PastLab[] } = {}): void {
    const now = new Date();
    const { deleteMs: deleteTimeoutMs } = this.timeouts;
    const changed = {
      ...this.record,
      deleteTimeoutMs,
      obstacle: undefined,
      ...change,
      since: now.toISOString(),
    };
    const { address, ...record } = changed;
    this.record = address && record.internalUrl !== null ? { ...record, address } : record;
    upsertMemo({ lab: this.record, ...memo });
    upsertSearchAttributes([
      { key: LAB_STATUS, value: this.record.status ?? 'removing' },
      { key: LAB_IMAGE, value: this.record.options.image },
      { key: LAB_REASON, value: this.record.failure?.reason ?? null },
      { key: LAB_SINCE, value: now },
    ]);
  }

  /** Makes a new address of a lab visible, whose status stays. */
  publishAddress(internalUrl: string, address: ProvenAddress): void {
    this.record = { ...this.record, internalUrl, address };
    upsertMemo({ lab: this.record });
  }

  /** Shows what the present step waits for to operators, and to those who follow the operation. */
  tell(obstacle: string): void {
    this.step.meet(obstacle);
    if (this.record.obstacle === obstacle || !patched(TELL_OBSTACLES)) return;
    this.record = { ...this.record, obstacle };
    upsertMemo({ lab: this.record });
  }

  /**
   * Puts how the lab ended on record, to be published with the next status. The hub is told of a running lab's end,
   * unless it has ordered it. The first end counts: what happens to a lab that is ending is part of it.
   */
  end(ending: Ending): void {
    if (this.record.end) return;
    const { hubRequestMs } = this.timeouts;
    const isNewsToHub = this.record.status === 'running' && !isOrderOfApi(ending);
    const end = { ...ending, at: new Date().toISOString() };
    this.record = { ...this.record, end };
    if (isNewsToHub && hubRequestMs) {
      this.hubNotice.give({ username: this.username, endedAt: end.at }, hubRequestMs);
    }
  }

  /** Records why the lab failed. It stays readable as failed until it is replaced or removed. */
  fail(failure: LabFailure): void {
    this.end(failedEnding(failure));
    this.publish({ status: 'failed', internalUrl: null, failure });
    this.step.begin(`failed: ${failure.reason}`, failure.message);
  }

  /** Accepts a spawn: from here on the lab is pending, and the one before it is history. */
  orderSpawn(request: SpawnRequest): void {
    const end = this.record.end ?? { ...podEnding(this.pod.latest), at: new Date().toISOString() };
    this.pastLabs = withPastLab(this.pastLabs, this.record, end);
    void this.hubNotice.withdraw();
    const operation = { id: request.operationId, kind: 'spawn' } as const;
    this.order = { kind: 'spawn', request };
    this.timeouts = request.timeouts;
    const { pastLabs } = this;
    const record = pendingRecord(request.plan, operation, new Date().toISOString());
    this.publish({ ...record, obstacle: this.namespaceObstacle?.message }, { pastLabs });
    this.scope?.cancel();
  }

  /**
   * Accepts a shutdown: from here on the lab is terminating, and `ending` says why, null
   * where the lab has ended already. Replaces a spawn order. An
   * earlier failure stays on record, so that the closed workflow can still be found by its reason.
   */
  orderShutdown(operationId: string, ending: Ending | null): ShutdownOutcome {
    if (ending) this.end(ending);
    const outcome: ShutdownOutcome = { result: 'open' };
    this.lastShutdown = outcome;
    this.order = { kind: 'shutdown', outcome };
    this.publish({
      status: 'terminating',
      internalUrl: null,
      operation: { id: operationId, kind: 'delete' },
    });
    this.scope?.cancel();
    return outcome;
  }

  /** Forgets the previous pod, and what was said about it. */
  expectPod(spawnId: string): void {
    this.pod.expect(spawnId);
    this.warning = null;
  }

  /** Hands the standing order to the phase that carries it out. */
  takeOrder(): Order | null {
    const { order } = this;
    this.order = null;
    return order;
  }

  /** Drops the grace of a shutdown that is under way or about to begin. */
  force(): void {
    this.isForced = true;
    this.scope?.cancel();
  }

  /**
   * Runs a step that an order may interrupt and that must end in time.
   *
   * @throws CancelledFailure when interrupted or out of time, however the step then ends; see `order` and
   *   `isForced` for which.
   */
  async interruptible<T>(timeoutMs: number, step: () => Promise<T>): Promise<T> {
    const scope = new CancellationScope({ cancellable: true, timeout: timeoutMs });
    this.scope = scope;
    this.deadlineMs = Date.now() + timeoutMs;
    try {
      return await scope.run(step);
    } catch (error) {
      throw scope.consideredCancelled ? new CancelledFailure('Interrupted or out of time') : error;
    } finally {
      this.scope = null;
    }
  }

  /** How long an interruptible step waits for news of the pod before it reads it. */
  untilNextCheck(intervalMs: number): number {
    return untilNextCheck(Date.now(), intervalMs, this.deadlineMs - this.timeouts.finalCheckMs);
  }
}

/** Orders through the API are the hub's own, or of somebody who can tell the hub as well. */
function isOrderOfApi({ by }: Ending): boolean {
  return by === 'hub' || by === 'caller';
}
