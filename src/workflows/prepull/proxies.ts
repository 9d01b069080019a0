import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { PrepullActivities } from '../../activities/prepull';

/** What an attempt has beyond the limit of one request, so that a stalled request ends before its attempt does. */
const MARGIN_MS = 5_000;

/** Attempts under way may make several requests. */
const REQUESTS = 3;

/** The activities of prepulling, within the time that its settings give one request. */
export function prepullActivities({ kubernetesRequestMs }: { readonly kubernetesRequestMs: number }) {
  const options = {
    startToCloseTimeout: REQUESTS * kubernetesRequestMs + MARGIN_MS,
    heartbeatTimeout: '5s',
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '10s' },
    // Its pod is deleted next: a create must not arrive after that.
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  } as const;

  const { createPrepullPod, deletePrepullPod } = proxyActivities<PrepullActivities>(options);

  /** A look that is better given up than waited for: the next one is due soon. */
  const { readPrepullPods } = proxyActivities<PrepullActivities>({
    ...options,
    scheduleToCloseTimeout: kubernetesRequestMs + MARGIN_MS,
    summary: 'Looking at the prepull pods',
  });

  return { createPrepullPod, deletePrepullPod, readPrepullPods };
}
