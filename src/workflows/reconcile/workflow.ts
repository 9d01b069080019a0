import { ActivityCancellationType, proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { ReconcileActivities } from '../../activities/reconcile';
import { describeSummary, type ReconciliationSummary } from '../../domain/reconciliation';
import { startedWithoutArgument } from '../lifecycle/arguments';

/** Each attempt is a whole pass; it skips what an earlier attempt has completed. */
const { reconcileLabs } = proxyActivities<ReconcileActivities>({
  startToCloseTimeout: '5m',
  heartbeatTimeout: '30s',
  retry: { initialInterval: '2s', maximumInterval: '30s' },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  summary: 'Comparing lab namespaces with lab workflows',
});

/**
 * One reconciliation pass: adopts labs that have no workflow, removes the rest of ended ones, and signals workflows
 * whose pod is missing. Its result and its current details show what it did.
 */
export const reconcile = startedWithoutArgument(async (): Promise<ReconciliationSummary> => {
  setCurrentDetails('Compares the namespaces of labs with their workflows.');
  const summary = await reconcileLabs();
  setCurrentDetails(describeSummary(summary));
  return summary;
});
