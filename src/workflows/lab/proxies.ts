import { ActivityCancellationType, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { LabActivities } from '../../activities/lab';
import type { LabTimeouts } from './messages';

/** What an attempt has beyond the limit of one request, so that a stalled request ends before its attempt does. */
const MARGIN_MS = 5_000;

/** A request under way learns within that time that it is cancelled, and its worker's death is noticed. */
const HEARTBEAT_TIMEOUT = '5s';

/** The lab's activities, within the time that its configuration gives them. */
export function labActivities({ kubernetesRequestMs, kubernetesRetryMs }: LabTimeouts) {
  /** One quick Kubernetes call per attempt, tried again until the step's own deadline. */
  const quick = {
    startToCloseTimeout: kubernetesRequestMs + MARGIN_MS,
    heartbeatTimeout: HEARTBEAT_TIMEOUT,
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '10s' },
    cancellationType: ActivityCancellationType.TRY_CANCEL,
  } as const;

  /**
   * Several requests, of which one may stall. A shutdown waits for the attempt in flight: a create that arrived
   * after the deletion would leave a namespace nobody remembers.
   */
  const { createLabObjects } = proxyActivities<LabActivities>({
    ...quick,
    startToCloseTimeout: 2 * kubernetesRequestMs + MARGIN_MS,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    summary: 'Creating Kubernetes objects',
  });

  const { readPod } = proxyActivities<LabActivities>({ ...quick, summary: 'Reading the pod' });

  /** A read that is better given up than waited for. */
  const { readPod: verifyPod } = proxyActivities<LabActivities>({
    ...quick,
    scheduleToCloseTimeout: Math.max(1, kubernetesRetryMs),
    summary: 'Verifying that the lab still runs',
  });

  const { deletePod } = proxyActivities<LabActivities>({
    ...quick,
    summary: 'Shutting down the Kubernetes pod',
  });

  /** "Until it is so": each attempt is one look, two seconds apart, without end. */
  const { deleteNamespace } = proxyActivities<LabActivities>({
    ...quick,
    retry: { initialInterval: '2s', backoffCoefficient: 1 },
    summary: 'Deleting the user namespace',
  });

  /** Computes only: a worker does it on the spot, without a task of its own. */
  const { isAddressProven } = proxyLocalActivities<LabActivities>({
    startToCloseTimeout: '5s',
    retry: { maximumAttempts: 1 },
    summary: 'Checking who has read the address of the pod',
  });

  return { createLabObjects, isAddressProven, readPod, verifyPod, deletePod, deleteNamespace };
}
