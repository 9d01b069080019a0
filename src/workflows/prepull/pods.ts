import { log } from '@temporalio/workflow';
import type { PrepullSettings } from './messages';
import { prepullActivities } from './proxies';
import { removePod } from './pull';
import type { PrepullState } from './state';

/**
 * Reads all prepull pods with one request: pulls get changes that they may have missed, and pods that belong to no pull
 * under way, such as those of a terminated workflow, are removed. Errors of the cluster change nothing.
 */
export async function readPods(state: PrepullState, settings: Required<PrepullSettings>): Promise<void> {
  const { readPrepullPods } = prepullActivities(settings);
  // The list may lack the pod of a pull that begins meanwhile.
  const waiting = [...state.running.values()].filter(({ stage }) => stage === 'waiting');
  for (const running of waiting) running.seenMs = Date.now();
  try {
    const pods = await readPrepullPods({ namespace: settings.namespace });
    const found = new Map(pods.map(({ pod }) => [pod.uid, pod]));
    for (const { pod, podUid } of waiting) pod.observeRead(found.get(podUid ?? '') ?? null);
    const ids = new Set([...state.running.values()].map(({ id }) => id));
    const strays = pods.filter(({ pod }) => pod.spawnId === null || !ids.has(pod.spawnId));
    await Promise.all(strays.map(({ name, pod }) => removePod({ name, uid: pod.uid }, settings)));
  } catch (error) {
    log.warn('prepull pods could not be read', { error });
  }
}
