import { upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import type { FsadminRecord, FsadminRequest, FsadminStatus, FsadminTimeouts } from '../../domain/fsadmin';
import { LAB_REASON, LAB_SINCE, LAB_STATUS } from '../../workflow-clients/names';
import { CurrentStep } from '../lifecycle/current-step';
import { obstacleOf } from '../lifecycle/failures';
import { InterruptibleStep, StandingOrder } from '../lifecycle/orders';
import type { FsadminInput } from './messages';
import { OperationQueue } from './operations';
import { fsadminActivities } from './proxies';

/** An order to remove the pod before anything else, which no caller waits for. */
export interface Ending {
  readonly graceMs: number;
  /** For the log and the present step. */
  readonly cause: string;
}

/**
 * The state of file system administration in its workflow: the published record, and what is to be done. Message handlers
 * add to it; the workflow does one thing after the other.
 */
export class Fsadmin {
  readonly step = new CurrentStep();
  readonly interruptible = new InterruptibleStep();
  readonly operations = new OperationQueue();
  readonly ending = new StandingOrder<Ending>();
  private record: FsadminRecord;
  private limits: FsadminTimeouts;

  constructor({ record, timeouts }: FsadminInput, startedAt: Date) {
    const nothing = { startTime: null, failure: null, requester: null };
    this.record = record ?? { ...nothing, status: 'absent', since: startedAt.toISOString() };
    this.limits = timeouts;
    this.step.begin(this.record.status, this.record.failure?.message ?? null);
  }

  get status(): FsadminStatus {
    return this.record.status;
  }

  get timeouts(): FsadminTimeouts {
    return this.limits;
  }

  get activities() {
    return fsadminActivities(this.limits);
  }

  get hasWork(): boolean {
    return this.ending.isPlaced || !this.operations.isEmpty;
  }

  /** The argument with which the workflow continues as new. */
  continuation(): [FsadminInput] {
    return [{ version: 1, timeouts: this.limits, record: this.record }];
  }

  /** Takes over the timeouts of the operation that begins. */
  begin({ timeouts }: FsadminRequest): void {
    this.limits = timeouts;
  }

  /** Orders the removal of the pod, and interrupts what is going on. */
  end(ending: Ending): void {
    this.ending.place(ending);
    this.interruptible.interrupt();
  }

  /** Publishes a status, for operators; leaves `since` as it is where nothing has changed. */
  publish(status: FsadminStatus, change: Partial<Omit<FsadminRecord, 'since' | 'status'>> = {}): void {
    const { requester, since } = this.record;
    const next = { startTime: null, failure: null, requester, ...change, status };
    this.step.begin(status, next.failure?.message ?? null);
    if (JSON.stringify({ ...this.record, since: '' }) === JSON.stringify({ ...next, since: '' })) return;
    const now = new Date();
    this.record = { ...next, since: status === this.record.status ? since : now.toISOString() };
    upsertMemo({ fsadmin: this.record });
    upsertSearchAttributes([
      { key: LAB_STATUS, value: status },
      { key: LAB_REASON, value: next.failure?.reason ?? null },
      { key: LAB_SINCE, value: new Date(this.record.since) },
    ]);
  }

  /** Calls an activity again whenever it ends with an obstacle, which operators then see. */
  async showingObstacles<T>(call: (told: string | null) => Promise<T>): Promise<T> {
    for (let told: string | null = null; ; ) {
      try {
        return await call(told);
      } catch (error) {
        const obstacle = obstacleOf(error);
        if (!obstacle) throw error;
        this.step.setObstacle(obstacle.message);
        told = obstacle.message;
      }
    }
  }
}
