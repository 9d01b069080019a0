import { allHandlersFinished, condition, isCancellation, uuid4 } from '@temporalio/workflow';
import type { LabFailure } from '../../domain/lab-end';
import { forcedDeletionMessage, podDeletionObstacle } from '../../domain/obstacles';
import { toLabFailure } from './failures';
import type { Lab, PhaseEnd } from './lab';

/** A shutdown, shared by all callers that wait for it. */
export class Shutdown {
  private result: 'open' | 'done' | 'failed' = 'open';

  get isOpen(): boolean {
    return this.result === 'open';
  }

  get hasFailed(): boolean {
    return this.result === 'failed';
  }

  /** Ends the wait of all callers: the pod is gone. */
  complete(): void {
    this.result = 'done';
  }

  /** Fails the wait of all callers: the pod could not be removed in time. */
  fail(): void {
    this.result = 'failed';
  }
}

/**
 * Deletes the lab's pod within the deletion timeout, then answers all waiting callers and continues with the namespace.
 * A forced shutdown does not wait for the pod.
 */
export async function shutdownLab(lab: Lab, shutdown: Shutdown): Promise<PhaseEnd> {
  try {
    lab.step.begin('shutdown, step 1 of 2: deleting the pod');
    await endPod(lab);
  } catch (error) {
    const end = lab.fail(isCancellation(error) ? outOfTime(lab) : toLabFailure(error));
    shutdown.fail();
    return end;
  } finally {
    lab.restoreGrace();
  }
  lab.record.apply('podRemoved');
  lab.namespaceRemoval.start();
  shutdown.complete();
  return { event: 'podRemoved' };
}

/** Deletes the pod with its grace period, or without one as soon as an operator forces it. */
async function endPod(lab: Lab): Promise<void> {
  const { deleteMs } = lab.timeouts;
  if (!lab.isForced) {
    try {
      await lab.interruptible.run(deleteMs, () => removePod(lab));
      return;
    } catch (error) {
      if (!lab.isForced) throw error;
    }
  }
  lab.step.begin('forced shutdown, step 1 of 2: deleting the pod without grace');
  await lab.interruptible.run(deleteMs, () => lab.activities.deletePod({ ...lab.target, graceMs: 0 }));
}

/**
 * Deletes the pod and waits until it is gone, with regular reads in case the watcher misses a change. The pod of an
 * unreachable node is deleted without grace once the patience with the node is over.
 */
export async function removePod(lab: Lab): Promise<void> {
  const uid = await lab.activities.deletePod({ ...lab.target, graceMs: lab.timeouts.stopGraceMs });
  if (uid === null) return;
  lab.step.setObstacle('Kubernetes has taken the order, but the pod is still there');
  lab.pod.follow(uid);
  let isForced = false;
  while (!lab.pod.isGone) {
    if (!isForced) isForced = await handleHold(lab);
    const checkMs = lab.untilNextCheck(lab.timeouts.deleteCheckMs);
    const isTold = await condition(() => lab.pod.isGone, checkMs);
    if (!isTold) lab.pod.observeRead(await lab.activities.readPod(lab.target));
  }
}

/**
 * Shows what keeps the pod. Deletes it without grace from a lost node once patience is over; returns whether it did.
 */
async function handleHold(lab: Lab): Promise<boolean> {
  const { latest, nodeLostSinceMs } = lab.pod;
  // Runs that began without this timeout leave lost nodes to operators.
  const { lostNodePatienceMs } = lab.timeouts;
  if (!latest || lostNodePatienceMs === undefined) return false;
  const isLong =
    nodeLostSinceMs !== null &&
    lostNodePatienceMs !== null &&
    Date.now() - nodeLostSinceMs >= lostNodePatienceMs;
  if (!isLong) {
    const hold = podDeletionObstacle(latest, lostNodePatienceMs);
    if (hold) lab.setObstacle(hold);
    return false;
  }
  lab.setObstacle(forcedDeletionMessage(latest.lostNode ?? '', lostNodePatienceMs));
  await lab.activities.deletePod({ ...lab.target, graceMs: 0 });
  return true;
}

function outOfTime({ step, timeouts }: Lab): LabFailure {
  const cutOff = `Lab deletion timed out after ${timeouts.deleteMs / 1000}s while ${step.description}`;
  return { reason: 'DeleteTimeout', message: `${cutOff}: ${step.obstacle ?? 'Kubernetes did not answer'}` };
}

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
