import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { LabActivities } from '../../activities/lab';
import { firstAttempt, givenUpAfter, quick, quickAndAwaited, untilSo } from '../lifecycle/retry-profiles';
import type { LabTimeouts } from './messages';

export type LabActivityProxies = ReturnType<typeof labActivities>;

/** The lab's activities, with the timeouts of its configuration. */
export function labActivities({ kubernetesRequestMs, kubernetesRetryMs }: LabTimeouts) {
  /**
   * Several requests, of which one may stall. A shutdown waits for the attempt in flight: a create that arrived after
   * the deletion would leave a namespace without a workflow.
   */
  const { createLabObjects } = proxyActivities<LabActivities>({
    ...quickAndAwaited(kubernetesRequestMs, 2),
    summary: 'Creating Kubernetes objects',
  });

  const { createLabObjects: createLabObjectsAtOnce } = proxyLocalActivities<LabActivities>({
    ...firstAttempt(),
    summary: 'Creating Kubernetes objects',
  });

  const { readPod } = proxyActivities<LabActivities>({
    ...quick(kubernetesRequestMs),
    summary: 'Reading the pod',
  });

  /** A read with a short timeout, without which the workflow can go on. */
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

  /** Sends no requests: a local activity, which needs no activity task. */
  const { isAddressProven } = proxyLocalActivities<LabActivities>({
    startToCloseTimeout: '5s',
    retry: { maximumAttempts: 1 },
    summary: 'Checking who has read the address of the pod',
  });

  return {
    createLabObjects,
    createLabObjectsAtOnce,
    isAddressProven,
    readPod,
    verifyPod,
    deletePod,
    deleteNamespace,
  };
}
