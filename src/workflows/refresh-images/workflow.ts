import { ActivityCancellationType, proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { ImageActivities, RefreshSummary } from '../../activities/images';
import { TASK_QUEUES } from '../../workflow-clients/names';
import { startedWithoutArgument } from '../lifecycle/arguments';

/** Each attempt is a whole refresh; after the last attempt the next refresh of the schedule tries again. */
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
 * One refresh of the image catalogue: reads registry and nodes, publishes, and requests the pulls that nodes lack. Its
 * result has the counts.
 */
export const refreshImages = startedWithoutArgument(async (): Promise<RefreshSummary> => {
  setCurrentDetails('Reads the registry and the nodes.');
  const summary = await refresh();
  const { tags, leftOut, nodes, missing, isChanged } = summary;
  // Results of earlier versions do not have the number of tags left out.
  const beyond = (leftOut ?? 0) > 0 ? ` (${leftOut} left out)` : '';
  setCurrentDetails(
    `${tags} tags${beyond}, ${nodes} nodes, ${missing} pulls missing; ${isChanged ? 'published anew' : 'nothing has changed'}`,
  );
  return summary;
});
