import { CancellationScope, patched, workflowInfo } from '@temporalio/workflow';
import { isFinal, obstacleOf } from '../lifecycle/failures';
import type { Lab } from './lab';
import type { SpawnRequest } from './messages';

/** A spawn request, and the obstacle that the workflow knows already. */
type CreationRequest = SpawnRequest & { readonly told: string | null };

/** Spawns that began before this patch create their objects in an activity task of its own. */
const FIRST_ATTEMPT = '2026-12-first-attempt';

/** Events before the first command of a workflow: its start, and the schedule and start of its first workflow task. */
const EVENTS_BEFORE_FIRST_COMMAND = 3;

/** The step of a spawn that creates its objects. */
export const CREATION = 'spawn, step 1 of 2: creating Kubernetes objects';

/**
 * Creates the lab's objects, and shows obstacles. A namespace of the user's that is stuck, or that is not of this
 * spawn, is removed by `NamespaceRemoval` first. Returns the pod's UID, null where it is not known.
 */
export async function createObjects(lab: Lab, request: SpawnRequest): Promise<string | null> {
  for (let told: string | null = null; ; ) {
    try {
      return await createOnce(lab, { ...request, told });
    } catch (error) {
      const obstacle = obstacleOf(error);
      if (!obstacle) throw error;
      lab.setObstacle(obstacle.message);
      told = obstacle.message;
      if (!obstacle.isNamespace) continue;
      lab.namespaceRemoval.start(obstacle);
      await lab.namespaceRemoval.untilGone();
      lab.namespaceRemoval.expectRemains();
      lab.step.begin(CREATION);
    }
  }
}

/**
 * Creates the objects within the first workflow task if this is it, by a local activity: an ordinary spawn so needs no
 * activity task, and no workflow task for its result. At the first trouble that may pass, and in later workflow tasks,
 * an activity does it: with retries, and for operators to see.
 */
async function createOnce(lab: Lab, request: CreationRequest): Promise<string | null> {
  const { createLabObjects, createLabObjectsAtOnce } = lab.activities;
  const isFirstTask = workflowInfo().historyLength <= EVENTS_BEFORE_FIRST_COMMAND;
  if (isFirstTask && patched(FIRST_ATTEMPT)) {
    try {
      return await createLabObjectsAtOnce(request);
    } catch (error) {
      // A workflow that leaves the worker's cache cancels its local activities, but not the spawn.
      if (CancellationScope.current().consideredCancelled || isFinal(error)) throw error;
    }
  }
  return createLabObjects(request);
}
