import { ActivityCancellationType, proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { ImageActivities, RefreshSummary } from '../../activities/images';
import { TASK_QUEUES } from '../../workflow-clients/ids';
import { startedWithoutArgument } from '../lifecycle/arguments';

/** Each attempt is a whole refresh; a registry that stays away is tried again with the next one of the schedule. */
const { refreshImages: refresh } = proxyActivities<ImageActivities>({
  taskQueue: TASK_QUEUES.images,
  // Registries with small pages need thousands of requests for very many tags.
  startToCloseTimeout: '10m',
  heartbeatTimeout: '30s',
  retry: { initialInterval: '5s', backoffCoefficient: 2, maximumAttempts: 3 },
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  summary: 'Reading tags, digests and nodes',
});

/**
 * One refresh of what is known of images: reads registry and nodes, publishes, and asks for what nodes lack. Its result
 * says what it found.
 */
export const refreshImages = startedWithoutArgument(async (): Promise<RefreshSummary> => {
  setCurrentDetails('Reads the registry and the nodes.');
  const summary = await refresh();
  const { tags, leftOut, nodes, missing, isChanged } = summary;
  // Refreshes of earlier versions do not say how many were left out.
  const beyond = (leftOut ?? 0) > 0 ? ` (${leftOut} left out)` : '';
  setCurrentDetails(
    `${tags} tags${beyond}, ${nodes} nodes, ${missing} pulls missing; ${isChanged ? 'published anew' : 'nothing has changed'}`,
  );
  return summary;
});
