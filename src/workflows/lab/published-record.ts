import { patched, upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import { type LabRecord, type LabStatus, type PastLab, pendingRecord, withPastLab } from '../../domain/lab';
import type { ProvenAddress } from '../../domain/lab-address';
import type { Ending, LabFailure } from '../../domain/lab-end';
import { LAB_IMAGE, LAB_REASON, LAB_SINCE, LAB_STATUS } from '../../workflow-clients/names';
import { type LabEvent, STATUS_AFTER } from './machine';
import type { SpawnRequest } from './messages';

/** Runs without this patch show obstacles to operators only. */
const PUBLISH_OBSTACLES = '2026-11-tell-obstacles';

/** The record that a lab's workflow publishes: memo `lab` for the API, and search attributes for operators. */
export class PublishedRecord {
  /** `record` is in the memo already: the caller that started the workflow wrote it. */
  constructor(
    private record: LabRecord,
    private deleteTimeoutMs: number,
    private past: readonly PastLab[] = [],
  ) {}

  get current(): LabRecord {
    return this.record;
  }

  get status(): LabStatus | null {
    return this.record.status;
  }

  /** Earlier labs of this workflow, newest first. */
  get pastLabs(): readonly PastLab[] {
    return this.past;
  }

  /**
   * Publishes an event of the lab: its status becomes that of `STATUS_AFTER`. Only this and `replace` change a status.
   */
  apply(event: LabEvent, change: Partial<Omit<LabRecord, 'status'>> = {}): void {
    this.publish({ ...change, status: STATUS_AFTER[event] });
  }

  /** Publishes a new lab in place of this one, which gets this end unless it has one. */
  replace({ operationId, plan, timeouts }: SpawnRequest, end: Ending, obstacle: string | undefined): void {
    const now = new Date().toISOString();
    this.past = withPastLab(this.past, this.record, this.record.end ?? { ...end, at: now });
    this.record = pendingRecord(plan, { id: operationId, kind: 'spawn' }, now);
    this.deleteTimeoutMs = timeouts.deleteMs;
    this.publish({ status: STATUS_AFTER.spawnOrdered, obstacle }, { pastLabs: this.past });
  }

  /** Publishes a failure of a lab whose status stays. */
  addFailure(failure: LabFailure): void {
    this.publish({ failure });
  }

  /** Publishes a new address of a lab whose status stays. */
  setAddress(internalUrl: string, address: ProvenAddress): void {
    this.record = { ...this.record, internalUrl, address };
    upsertMemo({ lab: this.record });
  }

  /** Publishes the obstacle of the present operation. */
  setObstacle(obstacle: string): void {
    if (this.record.obstacle === obstacle || !patched(PUBLISH_OBSTACLES)) return;
    this.record = { ...this.record, obstacle };
    upsertMemo({ lab: this.record });
  }

  /** Records why the lab is about to end; published with its next status. */
  noteFailure(failure: LabFailure | null): void {
    this.record = { ...this.record, failure };
  }

  /**
   * Records how the lab has ended; published with its next status. Returns the instant of the end, or null where the
   * lab has ended already. Only the first end is recorded:
   *
   * 1. the pod exits, and the watcher reports it;
   * 2. meanwhile the user presses stop, or an operator forces the end, or the pod is deleted;
   * 3. the first of them that reaches the workflow is recorded, and the others are ignored.
   */
  noteEnd(ending: Ending): string | null {
    if (this.record.end) return null;
    const at = new Date().toISOString();
    this.record = { ...this.record, end: { ...ending, at } };
    return at;
  }

  private publish(change: Partial<LabRecord>, memo: { readonly pastLabs?: readonly PastLab[] } = {}): void {
    const now = new Date();
    const { deleteTimeoutMs } = this;
    const since = now.toISOString();
    const changed = { ...this.record, deleteTimeoutMs, obstacle: undefined, ...change, since };
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
}
