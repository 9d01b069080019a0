import { ActivityCancellationType, proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { FileServerReconcileActivities } from '../../activities/reconcile-file-servers';
import {
  describeReconciliation,
  type FileServerReconciliation,
} from '../../domain/file-server-reconciliation';
import { startedWithoutArgument } from '../lifecycle/arguments';

/** Each attempt is a whole pass; it skips what an earlier attempt has completed. */
const activities = proxyActivities<FileServerReconcileActivities>({
  startToCloseTimeout: '5m',
  heartbeatTimeout: '30s',
  retry: { initialInterval: '2s', maximumInterval: '30s' },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  summary: 'Comparing objects of file servers with their workflows',
});

/**
 * One reconciliation pass over users' file servers: adopts those that have no workflow, has what is left of ended ones
 * removed, and has workflows verify file servers that are missing. Its result and its current details show what it did.
 */
export const reconcileFileServers = startedWithoutArgument(async (): Promise<FileServerReconciliation> => {
  setCurrentDetails('Compares the objects of file servers with their workflows.');
  const summary = await activities.reconcileFileServers();
  setCurrentDetails(describeReconciliation(summary));
  return summary;
});
