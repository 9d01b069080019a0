import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { FileServerActivities } from '../../activities/file-server';
import type { FileServerTimeouts } from '../../domain/file-server';
import { givenUpAfter, quick, quickAndAwaited } from '../lifecycle/retry-profiles';

/** Upper bound of a read that a caller waits for, in milliseconds. */
const VERIFICATION_MS = 3_000;

/** The file server's activities, with the timeouts of its configuration. */
export function fileServerActivities({ kubernetesRequestMs, kubernetesRetryMs }: FileServerTimeouts) {
  /**
   * Several requests, of which one may stall. A removal waits for the attempt in flight: a create that arrived after the
   * deletion would leave objects without a workflow.
   */
  const { createFileServer } = proxyActivities<FileServerActivities>({
    ...quickAndAwaited(kubernetesRequestMs, 2),
    summary: 'Creating Kubernetes objects',
  });

  const { readFileServer } = proxyActivities<FileServerActivities>({
    ...quick(kubernetesRequestMs),
    summary: 'Reading the job, its pod and the Ingress',
  });

  /** A read with a short timeout, without which the workflow can go on. */
  const { readFileServer: checkFileServer } = proxyActivities<FileServerActivities>({
    ...quick(kubernetesRequestMs),
    ...givenUpAfter(kubernetesRequestMs + kubernetesRetryMs),
    summary: 'Verifying that the file server still runs',
  });

  /** A user waits for it at every call: a local activity, which needs no activity task. */
  const { isFileServerUp } = proxyLocalActivities<FileServerActivities>({
    startToCloseTimeout: Math.min(kubernetesRequestMs, VERIFICATION_MS),
    retry: { maximumAttempts: 1 },
    summary: 'Verifying that the file server still runs',
  });

  const untilGone = {
    ...quick(kubernetesRequestMs, 2),
    retry: { initialInterval: '250ms', backoffCoefficient: 1.5, maximumInterval: '2s' },
  } as const;

  const { removeFileServer } = proxyActivities<FileServerActivities>({
    ...untilGone,
    summary: 'Removing Kubernetes objects',
  });

  const { removeObject } = proxyActivities<FileServerActivities>({
    ...untilGone,
    summary: 'Removing what is left of an earlier file server',
  });

  return {
    checkFileServer,
    createFileServer,
    isFileServerUp,
    readFileServer,
    removeFileServer,
    removeObject,
  };
}
