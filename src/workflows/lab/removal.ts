import { allHandlersFinished, condition, uuid4 } from '@temporalio/workflow';
import type { Lab, PhaseEnd } from './lab';

/**
 * Waits until the namespace is gone, no caller waits for an answer, and the hub has been notified; then the lab's
 * workflow ends. A spawn that arrives meanwhile ends this phase and waits within its own deadline.
 */
export async function awaitRemoval(lab: Lab): Promise<PhaseEnd> {
  const { hubNotification, namespaceRemoval, orders } = lab;
  lab.step.begin('shutdown, step 2 of 2: waiting for the namespace to go');
  if (namespaceRemoval.obstacle) lab.setObstacle(namespaceRemoval.obstacle.message);
  const isOver = () => orders.isPlaced || !namespaceRemoval.isUnderway;
  if (!(await condition(isOver, lab.timeouts.deleteMs))) {
    lab.record.addFailure(stuckNamespace(lab));
    await condition(isOver);
  }
  if (hubNotification.isOpen) lab.step.begin('telling the hub that the lab has ended');
  await condition(() => orders.isPlaced || (allHandlersFinished() && !hubNotification.isOpen));
  return orders.take() ?? { event: 'namespaceRemoved' };
}

/**
 * Removes a lab whose pod has finished, and for which no caller waits. Such a pod needs no deletion of its own: it runs
 * nothing that needs a grace period, and is deleted with its namespace.
 */
export function removeFinishedLab(lab: Lab): PhaseEnd {
  lab.record.apply('podRemoved', { internalUrl: null, operation: { id: uuid4(), kind: 'delete' } });
  lab.namespaceRemoval.start();
  return { event: 'podRemoved' };
}

function stuckNamespace({ timeouts, namespaceRemoval: { obstacle } }: Lab) {
  const late = `The namespace is not gone after ${timeouts.deleteMs / 1000}s`;
  const message = obstacle ? `${late}: ${obstacle.message}` : late;
  return { reason: 'NamespaceStuck', message } as const;
}
