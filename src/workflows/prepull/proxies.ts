import { proxyActivities } from '@temporalio/workflow';
import type { PrepullActivities } from '../../activities/prepull';
import { quickAndAwaited, readOnce } from '../lifecycle/retry-profiles';

/** Attempts under way may make several requests. */
const REQUESTS = 3;

/** The activities of prepulling, within the time that its settings give one request. */
export function prepullActivities({ kubernetesRequestMs }: { readonly kubernetesRequestMs: number }) {
  // A pull's pod is deleted next: a create must not arrive after that.
  const options = quickAndAwaited(kubernetesRequestMs, REQUESTS);

  const { createPrepullPod, deletePrepullPod } = proxyActivities<PrepullActivities>(options);

  /** A look that is better given up than waited for: the next one is due soon. */
  const { readPrepullPods } = proxyActivities<PrepullActivities>({
    ...options,
    ...readOnce(kubernetesRequestMs),
    summary: 'Looking at the prepull pods',
  });

  return { createPrepullPod, deletePrepullPod, readPrepullPods };
}
