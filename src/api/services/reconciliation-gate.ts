import type { Client } from '@temporalio/client';
import { DomainError } from '../../domain/errors';
import { type ReconciliationRecord, readReconciliation } from '../../workflow-clients/reconciliation-record';
import { recent } from './recent';
import { CALL_DEADLINE_MS, callTemporalWithin } from './temporal-errors';

/** Greatest age of the cached record for creates and lists; shorter than any loss of Temporal's data takes. */
const MAX_AGE_MS = 1_000;

/** Number of searches, each followed by a read of the record; two suffice unless the record has just changed. */
const ROUNDS = 3;

/** Distinguishes users without a lab from those whose lab may run although Temporal has no workflow of it. */
export interface ReconciliationGate {
  /**
   * Searches for a user's lab until the result is conclusive: a found one, or null while the record of reconciliation
   * was present and did not change.
   *
   * @throws DomainError `labs_not_reconciled`.
   */
  conclusive<Found>(username: string, look: () => Promise<Found | null>): Promise<Found | null>;
  /** The error for a user without an open workflow who may have a lab; null if they have none. At most a second old. */
  refusalOf(username: string): Promise<DomainError | null>;
  /** Checks by a read that labs have been reconciled. @throws DomainError `labs_not_reconciled` if not. */
  check(): Promise<void>;
  /** As `check`, by a record that is at most a second old. */
  checkRecent(): Promise<void>;
}

/** Reads the record of reconciliation through a Temporal client. */
export function createReconciliationGate(client: Client): ReconciliationGate {
  let knownRunId: string | null = null;

  const readNow = async (): Promise<ReconciliationRecord | null> => {
    const record = await callTemporalWithin(client, CALL_DEADLINE_MS, () => readReconciliation(client));
    knownRunId = record?.runId ?? null;
    return record;
  };
  const readRecent = recent(readNow, MAX_AGE_MS, (record) => record !== null);

  return {
    async conclusive(username, look) {
      for (let round = 0; round < ROUNDS; round += 1) {
        const runIdBefore = knownRunId;
        const found = await look();
        if (found !== null) return found;
        const record = await readNow();
        if (record === null) throw notReconciled();
        if (record.unsettled.includes(username)) throw unsettled(username);
        if (record.runId === runIdBefore) return null;
      }
      throw notReconciled();
    },
    async refusalOf(username) {
      const record = await readRecent();
      if (record === null) return unaccounted(username);
      return record.unsettled.includes(username) ? unsettled(username) : null;
    },
    check: async () => requireRecord(await readNow()),
    checkRecent: async () => requireRecord(await readRecent()),
  };
}

function requireRecord(record: ReconciliationRecord | null): void {
  if (record === null) throw notReconciled();
}

function notReconciled(): DomainError {
  const message = 'Labs that run are still being looked for in the cluster; try again in a moment';
  return new DomainError('labs_not_reconciled', message);
}

function unsettled(username: string): DomainError {
  const message =
    `A lab of ${username} is in the cluster, but could not be taken over yet; ` +
    'if this goes on, an operator finds the reason in the latest reconciliation pass';
  return new DomainError('labs_not_reconciled', message);
}

function unaccounted(username: string): DomainError {
  const message = `Whether ${username} has a lab is still being found out; try again in a moment`;
  return new DomainError('labs_not_reconciled', message);
}
