import { allHandlersFinished, condition, isCancellation } from '@temporalio/workflow';
import { obstacleOf } from '../lifecycle/failures';
import { removalTimeout, toFileServerFailure } from './failures';
import type { FileServer } from './file-server';
import type { Phase } from './machine';

/** Delay after a removal that the API server refused, which an operator may mend, in milliseconds. */
const REFUSED_DELAY_MS = 60_000;

/**
 * Removes the objects of the file server, whatever became of it, and answers all callers that wait for that. After the
 * time of a removal callers get an error, and the removal goes on. Then the workflow creates the next file server, if one
 * was asked for, or ends.
 */
export async function removeFileServer(server: FileServer): Promise<Phase> {
  server.beginRemoval();
  while (server.hasRemains && !(await removeInTime(server))) {
    // Again: nothing else removes the objects.
  }
  server.endRemoval();
  server.step.begin(server.record.current.failure ? 'removed after a failure' : 'removed');
  await condition(() => server.hasWork || allHandlersFinished());
  if (server.requests.isCreationWaiting) return 'create';
  return server.removalOrder.isPlaced ? 'remove' : 'closed';
}

/** Removes the objects within one deadline; returns whether they are gone. */
async function removeInTime(server: FileServer): Promise<boolean> {
  const { isForced } = server;
  const failure = server.record.current.failure?.message;
  server.step.begin(
    isForced ? 'forced removal: deleting the pod without grace' : 'removing Kubernetes objects',
    failure,
  );
  try {
    await server.interruptible.run(server.timeouts.deleteMs, () => removeObjects(server));
    return true;
  } catch (error) {
    if (server.isForced && !isForced) return false;
    const isOutOfTime = isCancellation(error);
    const reason = isOutOfTime
      ? removalTimeout(server.timeouts, server.step.obstacle)
      : toFileServerFailure(error);
    server.failRemoval(reason);
    if (isOutOfTime) return false;
    server.step.begin('the objects cannot be removed; trying again later', reason.message);
    await condition(
      () => server.requests.isShutdownAwaited || server.isForced !== isForced,
      REFUSED_DELAY_MS,
    );
    return false;
  }
}

/** Removes the objects, and shows what keeps them. */
async function removeObjects(server: FileServer): Promise<void> {
  for (let told: string | null = null; ; ) {
    try {
      const { isForced, target } = server;
      return await server.activities.removeFileServer({ ...target, isForced, told });
    } catch (error) {
      const obstacle = obstacleOf(error);
      if (!obstacle) throw error;
      server.setObstacle(obstacle.message);
      told = obstacle.message;
    }
  }
}
