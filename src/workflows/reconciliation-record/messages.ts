import { defineSignal } from '@temporalio/workflow';

/** Result of a reconciliation pass, for the API. */
export interface ReconciliationFacts {
  /** Users whose lab is in the cluster, may run, and could not be adopted; sorted. */
  readonly unsettled: readonly string[];
}

/** A reconciliation pass has ended with another result than the one before. */
export const labsReconciled = defineSignal<[ReconciliationFacts]>('labsReconciled');
