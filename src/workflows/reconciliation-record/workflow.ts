import {
  condition,
  makeContinueAsNewFunc,
  setCurrentDetails,
  setHandler,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import { labsReconciled } from './messages';

/**
 * Holds, for as long as Temporal keeps its data, that labs have been reconciled: its memo `reconciliation` is what
 * replicas of the API read, without a worker.
 */
export async function reconciliationRecord(): Promise<void> {
  let isUpdated = false;
  setHandler(labsReconciled, ({ unsettled }) => {
    upsertMemo({ reconciliation: { unsettled } });
    setCurrentDetails(
      unsettled.length === 0 ? 'All labs are known.' : `Not adopted: ${unsettled.join(', ')}`,
    );
    isUpdated = true;
  });
  await condition(() => isUpdated && workflowInfo().continueAsNewSuggested);
  // Without naming the memo again, an upserted memo is lost.
  await makeContinueAsNewFunc<typeof reconciliationRecord>({ memo: workflowInfo().memo })();
}
