import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { LabActivities } from '../../activities/lab';
import { givenUpAfter, quick, quickAndAwaited, untilSo } from '../lifecycle/retry-profiles';
import type { LabTimeouts } from './messages';

export type LabActivityProxies = ReturnType<typeof labActivities>;

/** The lab's activities, within the time that its configuration gives them. */
export function labActivities({ kubernetesRequestMs, kubernetesRetryMs }: LabTimeouts) {
  /**
   * Several requests, of which one may stall. A shutdown waits for the attempt in flight: a create that arrived
   * after the deletion would leave a namespace that no workflow knows.
   */
  const { createLabObjects } = proxyActivities<LabActivities>({
    ...quickAndAwaited(kubernetesRequestMs, 2),
    summary: 'Creating Kubernetes objects',
  });

  const { readPod } = proxyActivities<LabActivities>({
    ...quick(kubernetesRequestMs),
    summary: 'Reading the pod',
  });

  /** A read that is better given up than waited for. */
  const { readPod: verifyPod } = proxyActivities<LabActivities>({
    ...quick(kubernetesRequestMs),
    ...givenUpAfter(kubernetesRetryMs),
    summary: 'Verifying that the lab still runs',
  });

  const { deletePod } = proxyActivities<LabActivities>({
    ...quick(kubernetesRequestMs),
    summary: 'Shutting down the Kubernetes pod',
  });

  const { deleteNamespace } = proxyActivities<LabActivities>({
    ...untilSo(kubernetesRequestMs),
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
