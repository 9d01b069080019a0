import { ActivityCancellationType, proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { WatchActivities } from '../../activities/watch/activity';
import { TASK_QUEUES } from '../../workflow-clients/names';
import { startedWithoutArgument } from '../lifecycle/arguments';

/**
 * One endless attempt. When its process ends, Temporal gives the next one to a watcher that stands by: after the heartbeat
 * timeout, which is four of its heartbeats, and almost at once. Later retries are those of a watch that is refused.
 */
const { watchLabs } = proxyActivities<WatchActivities>({
  taskQueue: TASK_QUEUES.watch,
  startToCloseTimeout: '24h',
  heartbeatTimeout: '2s',
  retry: { initialInterval: '100ms', maximumInterval: '2s' },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  summary: 'Watching lab pods and their events',
});

/**
 * The singleton that converts changes of lab pods to signals to their workflows. Temporal does the leader election: of
 * all watcher processes one runs the activity.
 */
export const watch = startedWithoutArgument(async (): Promise<void> => {
  setCurrentDetails('Watches the pods of all labs. One watcher process runs its activity at a time.');
  await watchLabs();
});
