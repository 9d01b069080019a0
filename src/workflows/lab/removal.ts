import { allHandlersFinished, CancellationScope, condition, sleep, uuid4 } from '@temporalio/workflow';
import { toLabFailure } from './failures';
import type { LabState, Phase } from './state';

/**
 * Waits until the namespace is gone, nobody waits for an answer, and the hub has been told; then the lab is
 * forgotten. A spawn that arrives meanwhile takes over and waits within its own deadline.
 */
export async function awaitRemoval(lab: LabState): Promise<Phase> {
  lab.step.begin('shutdown, step 2 of 2: waiting for the namespace to go');
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
 * removal at a time: a second one would also remove the namespace of the lab that comes next.
 */
export function startNamespaceRemoval(lab: LabState): void {
  if (lab.isRemovingNamespace) return;
  lab.isRemovingNamespace = true;
  void CancellationScope.nonCancellable(() => removeNamespace(lab));
}

async function removeNamespace(lab: LabState): Promise<void> {
  const { place } = lab;
  for (;;) {
    try {
      await lab.activities.deleteNamespace(place);
      lab.hasRemains = false;
      lab.isRemovingNamespace = false;
      return;
    } catch (error) {
      const failure = toLabFailure(error);
      lab.step.begin('the namespace cannot be deleted; trying again later', failure.message);
      await sleep(lab.timeouts.failedRetentionMs, { summary: 'Before trying the namespace again' });
    }
  }
}

function stuckNamespace(lab: LabState) {
  const seconds = lab.timeouts.deleteMs / 1000;
  return { reason: 'NamespaceStuck', message: `The namespace is not gone after ${seconds}s` } as const;
}
