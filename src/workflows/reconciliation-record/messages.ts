import { defineSignal } from '@temporalio/workflow';

/** What a reconciliation pass leaves for the API. */
export interface ReconciliationFacts {
  /** Users whose lab is in the cluster, may run, and could not be adopted; sorted. */
  readonly unsettled: readonly string[];
}

/** A reconciliation pass has ended with other facts than the one before. */
export const labsReconciled = defineSignal<[ReconciliationFacts]>('labsReconciled');
