import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { LabActivities } from '../../activities/lab';

/** One quick Kubernetes call per attempt, tried again until the step's own deadline. */
const quick = {
  startToCloseTimeout: '15s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '10s' },
  cancellationType: ActivityCancellationType.TRY_CANCEL,
} as const;

/**
 * A shutdown waits for the attempt in flight, at most its `startToCloseTimeout`: a create that arrived
 * after the deletion would leave a namespace nobody remembers.
 */
export const { createLabObjects } = proxyActivities<LabActivities>({
  ...quick,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  // A worker that died is noticed sooner than by the end of its attempt's time.
  heartbeatTimeout: '5s',
  summary: 'Creating Kubernetes objects',
});

export const { readPod } = proxyActivities<LabActivities>({ ...quick, summary: 'Reading the pod' });

/** The one read on which a create may wait for Kubernetes. */
export const { readPod: verifyPod } = proxyActivities<LabActivities>({
  ...quick,
  scheduleToCloseTimeout: '30s',
  summary: 'Verifying that the lab still runs',
});

export const { deletePod } = proxyActivities<LabActivities>({
  ...quick,
  summary: 'Shutting down the Kubernetes pod',
});

/** "Until it is so": each attempt is one look, two seconds apart, without end. */
export const { deleteNamespace } = proxyActivities<LabActivities>({
  ...quick,
  retry: { initialInterval: '2s', backoffCoefficient: 1 },
  summary: 'Deleting the user namespace',
});
