import { proxyActivities } from '@temporalio/workflow';
import type { PrepullActivities } from '../../activities/prepull';
import { quickAndAwaited, readOnce } from '../lifecycle/retry-profiles';

/** Maximum number of requests in one attempt. */
const REQUESTS = 3;

/** The activities of prepulling, with timeouts for the request timeout of its settings. */
export function prepullActivities({ kubernetesRequestMs }: { readonly kubernetesRequestMs: number }) {
  // The pod is deleted afterwards: a create must not arrive after that.
  const options = quickAndAwaited(kubernetesRequestMs, REQUESTS);

  const { createPrepullPod, deletePrepullPod } = proxyActivities<PrepullActivities>(options);

  /** A read that is repeated regularly, so it is given up after one attempt. */
  const { readPrepullPods } = proxyActivities<PrepullActivities>({
    ...options,
    ...readOnce(kubernetesRequestMs),
    summary: 'Looking at the prepull pods',
  });

  return { createPrepullPod, deletePrepullPod, readPrepullPods };
}
