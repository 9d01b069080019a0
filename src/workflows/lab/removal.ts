import { allHandlersFinished, CancellationScope, condition, sleep, uuid4 } from '@temporalio/workflow';
import type { LabTarget } from '../../domain/lab-target';
import type { WaitObstacle } from '../../domain/obstacle';
import { labFailure, obstacleOf, toLabFailure } from './failures';
import type { LabState, Phase } from './state';

/**
 * Waits until the namespace is gone, nobody waits for an answer, and the hub has been told; then the lab is
 * forgotten. A spawn that arrives meanwhile takes over and waits within its own deadline.
 */
export async function awaitRemoval(lab: LabState): Promise<Phase> {
  lab.step.begin('shutdown, step 2 of 2: waiting for the namespace to go');
  if (lab.namespaceObstacle) lab.tell(lab.namespaceObstacle.message);
  const isOver = () => lab.order !== null || !lab.isRemovingNamespace;
  if (!(await condition(isOver, lab.timeouts.deleteMs))) {
    lab.publish({ failure: stuckNamespace(lab) });
    await condition(isOver);
  }
  if (lab.hubNotice.isOpen) lab.step.begin('telling the hub that the lab has ended');
  await condition(() => lab.order !== null || (allHandlersFinished() && !lab.hubNotice.isOpen));
  return lab.takeOrder() ?? { kind: 'closed' };
}

/**
 * Lets go of a lab whose pod has finished, for which nobody waits. Such a pod needs no deletion of its own: it holds
 * nothing that grace is for, and goes with its namespace.
 */
export function forgetLab(lab: LabState): Phase {
  lab.publish({ status: null, internalUrl: null, operation: { id: uuid4(), kind: 'delete' } });
  startNamespaceRemoval(lab);
  return { kind: 'removal' };
}

/**
 * Begins to remove the namespace, and goes on whatever happens to the operation that began it. There is one
 * removal at a time: a spawn waits for its end. `known` is what is known to keep the namespace, or names another one
 * than the lab's that has to go.
 */
export function startNamespaceRemoval(lab: LabState, known: WaitObstacle | null = null): void {
  if (lab.isRemovingNamespace) return;
  lab.isRemovingNamespace = true;
  lab.namespaceObstacle = known && { ...known, sinceMs: Date.now() };
  const { target } = lab;
  const namespaceUid = known?.namespaceUid;
  // What names no UID was told by an earlier version: whichever namespace the user has is meant.
  const found = { ...lab.place, namespaceUid: namespaceUid ?? null };
  void CancellationScope.nonCancellable(() => removeNamespace(lab, known ? found : target));
}

async function removeNamespace(lab: LabState, target: LabTarget): Promise<void> {
  for (;;) {
    try {
      await lab.activities.deleteNamespace({ ...target, told: lab.namespaceObstacle?.message ?? null });
      lab.hasRemains = false;
      lab.isRemovingNamespace = false;
      lab.namespaceObstacle = null;
      return;
    } catch (error) {
      const obstacle = obstacleOf(error);
      if (obstacle) {
        meetObstacle(lab, obstacle);
        continue;
      }
      const failure = toLabFailure(error);
      meetObstacle(lab, { message: failure.message, isNamespace: true, isStuck: true });
      lab.step.begin('the namespace cannot be deleted; trying again later', failure.message);
      await sleep(lab.timeouts.failedRetentionMs, { summary: 'Before trying the namespace again' });
    }
  }
}

/** Notes what keeps the namespace. A deletion tells it here; a spawn, which waits for the namespace, by itself. */
function meetObstacle(lab: LabState, obstacle: WaitObstacle): void {
  const sinceMs = lab.namespaceObstacle?.sinceMs ?? Date.now();
  lab.namespaceObstacle = { ...obstacle, sinceMs };
  if (lab.record.status === null) lab.tell(obstacle.message);
}

/**
 * Waits until the namespace that is being removed is gone, and tells what keeps it.
 *
 * @throws ApplicationFailure `NamespaceStuck` when it has not begun to go by itself within the patience of a spawn.
 */
export async function namespaceGone(lab: LabState): Promise<void> {
  const beganMs = Date.now();
  while (lab.isRemovingNamespace) {
    const known = lab.namespaceObstacle;
    const isNews = () => !lab.isRemovingNamespace || lab.namespaceObstacle !== known;
    if (known) lab.tell(known.message);
    const { stuckNamespacePatienceMs } = lab.timeouts;
    if (!known?.isStuck || stuckNamespacePatienceMs === undefined) {
      await condition(isNews);
      continue;
    }
    const untilMs = Math.max(known.sinceMs, beganMs) + stuckNamespacePatienceMs;
    const isInTime = untilMs > Date.now() && (await condition(isNews, untilMs - Date.now()));
    if (!isInTime && !isNews()) throw labFailure({ reason: 'NamespaceStuck', message: known.message });
  }
}

function stuckNamespace({ timeouts, namespaceObstacle }: LabState) {
  const late = `The namespace is not gone after ${timeouts.deleteMs / 1000}s`;
  const message = namespaceObstacle ? `${late}: ${namespaceObstacle.message}` : late;
  return { reason: 'NamespaceStuck', message } as const;
}
