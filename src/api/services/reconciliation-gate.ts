import type { Client } from '@temporalio/client';
import { DomainError } from '../../domain/errors';
import { type ReconciliationRecord, readReconciliation } from '../../workflow-clients/reconciliation-record';
import { recent } from './recent';
import { CALL_DEADLINE_MS, callTemporalWithin } from './temporal-errors';

/** How old the record may be that creates and lists go by. Temporal cannot lose its data and be back within it. */
const MAX_AGE_MS = 1_000;

/** Looks for a user, each followed by a look at the record; two are enough unless the record has just changed. */
const ROUNDS = 3;

/** Tells users who have no lab from those whose lab may run although Temporal holds no workflow of it. */
export interface ReconciliationGate {
  /**
   * Looks for what belongs to a user until the answer is conclusive: what was found, or null, which was found while
   * the record of reconciliation was there and did not change.
   *
   * @throws DomainError `labs_not_reconciled`.
   */
  conclusive<Found>(username: string, look: () => Promise<Found | null>): Promise<Found | null>;
  /** Why a user without an open workflow may have a lab all the same, as of a second ago at most; null if they have none. */
  refusalOf(username: string): Promise<DomainError | null>;
  /** Whether labs have been reconciled, as of now. @throws DomainError `labs_not_reconciled` if not. */
  check(): Promise<void>;
  /** As `check`, as of a second ago at most. */
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
