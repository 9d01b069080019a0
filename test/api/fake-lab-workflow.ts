import { ApplicationFailure } from '@temporalio/common';
import { allHandlersFinished, condition, defineSignal, setHandler, upsertMemo } from '@temporalio/workflow';
import type { LabRecord, LabStatus } from '../../src/domain/lab';
import { pendingRecord } from '../../src/domain/lab-record';
import { type LabInput, type SpawnRequest, shutdown, spawn } from '../../src/workflows/lab/messages';

export { reconciliationRecord } from '../../src/workflows/reconciliation-record/workflow';

/** What a test makes of the lab: a status, nothing any more (`null`), or one that cannot be deleted. */
export type Fate = LabStatus | null | 'stuck' | 'closed';

export const become = defineSignal<[Fate]>('become');

function refuse(type: string, message: string): never {
  throw ApplicationFailure.create({ type, message, nonRetryable: true });
}

function recordOf(request: SpawnRequest): LabRecord {
  return pendingRecord(request.plan, { id: request.operationId, kind: 'spawn' }, new Date().toISOString());
}

/** Keeps the promises of the real workflow's messages and publishes whatever a test tells it to be. */
export async function lab(input: LabInput): Promise<void> {
  if (input.kind !== 'spawn') throw ApplicationFailure.nonRetryable('only ever spawned');
  let record = recordOf(input.request);
  let isStuck = false;
  let isClosed = false;

  const publish = (next: LabRecord): void => {
    record = next;
    upsertMemo({ lab: record });
  };
  setHandler(become, (fate) => {
    isStuck = fate === 'stuck';
    isClosed = fate === 'closed';
    if (fate !== 'stuck' && fate !== 'closed') publish({ ...record, status: fate });
  });
  setHandler(spawn, async (request: SpawnRequest) => publish(recordOf(request)), {
    validator(_request: SpawnRequest) {
      const { username } = record.user;
      if (record.status === 'pending' || record.status === 'terminating') {
        refuse('operation_in_progress', `Conflicting operation for ${username} already in progress`);
      }
      if (record.status === 'running') refuse('lab_exists', `Lab already exists for ${username}`);
    },
  });
  setHandler(shutdown, async () => {
    if (record.status === null) refuse('unknown_user', 'gone');
    if (isStuck) refuse('delete_failed', 'Lab deletion timed out');
    publish({ ...record, status: null });
    isClosed = true;
  });
  await condition(() => isClosed && allHandlersFinished());
}
