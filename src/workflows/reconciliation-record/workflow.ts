import { setCurrentDetails, upsertMemo } from '@temporalio/workflow';
import { memoHolder } from '../lifecycle/memo-holder';
import { labsReconciled } from './messages';
import { readReconciliationFacts } from './readers';

/**
 * Holds the record that labs have been reconciled, for as long as Temporal keeps its data: replicas of the API read its
 * memo `reconciliation`, without a worker.
 */
export const reconciliationRecord = memoHolder(labsReconciled, readReconciliationFacts, ({ unsettled }) => {
  upsertMemo({ reconciliation: { unsettled } });
  setCurrentDetails(unsettled.length === 0 ? 'All labs are known.' : `Not adopted: ${unsettled.join(', ')}`);
});
