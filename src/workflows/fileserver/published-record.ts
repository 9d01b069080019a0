import { upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import type { FileServerFailure, FileServerPhase, FileServerRecord } from '../../domain/file-server';
import type { Ending } from '../../domain/lab-end';
import { LAB_REASON, LAB_SINCE, LAB_STATUS } from '../../workflow-clients/names';

/** The record that a file server's workflow publishes: memo `fileServer` for the API, and search attributes. */
export class PublishedRecord {
  /** `record` is in the memo already: the caller that started the workflow wrote it. */
  constructor(private record: FileServerRecord) {}

  get current(): FileServerRecord {
    return this.record;
  }

  get phase(): FileServerPhase {
    return this.record.phase;
  }

  /** Publishes a new file server in place of this one. */
  replace(
    record: Omit<FileServerRecord, 'phase' | 'since' | 'failure' | 'end' | 'obstacle' | 'isAdopted'>,
  ): void {
    this.publish({ ...record, phase: 'starting', failure: null, end: null, isAdopted: false });
  }

  /** Records that the file server is that of another creation; published with its next phase. */
  noteAdoption(operationId: string | null): void {
    this.record = { ...this.record, operationId, isAdopted: true };
  }

  /** Publishes a phase. A failure stays until the next file server. */
  apply(phase: FileServerPhase, failure: FileServerFailure | null = this.record.failure): void {
    this.publish({ phase, failure });
  }

  /** Publishes the obstacle of the present step. */
  setObstacle(obstacle: string): void {
    if (this.record.obstacle === obstacle) return;
    this.record = { ...this.record, obstacle };
    upsertMemo({ fileServer: this.record });
  }

  /** Records how the file server has ended, unless it has ended; published with its next phase. */
  noteEnd(ending: Ending): void {
    if (this.record.end) return;
    this.record = { ...this.record, end: { ...ending, at: new Date().toISOString() } };
  }

  private publish(change: Partial<FileServerRecord>): void {
    const now = new Date();
    const { obstacle: _obstacle, ...record } = this.record;
    this.record = { ...record, ...change, since: now.toISOString() };
    upsertMemo({ fileServer: this.record });
    upsertSearchAttributes([
      { key: LAB_STATUS, value: this.record.phase },
      { key: LAB_REASON, value: this.record.failure?.reason ?? null },
      { key: LAB_SINCE, value: now },
    ]);
  }
}
