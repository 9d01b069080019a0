import { condition, isCancellation } from '@temporalio/workflow';
import type { LabFailure } from '../../domain/lab';
import { forcedText, holdText } from '../../domain/pod-hold';
import { toLabFailure } from './failures';
import { startNamespaceRemoval } from './removal';
import type { LabState, Phase, ShutdownOutcome } from './state';

/**
 * Ends the lab's pod within the deletion deadline, then answers everyone who waits and goes on with the
 * namespace. A forced shutdown does not wait for the pod.
 */
export async function shutdownLab(lab: LabState, outcome: ShutdownOutcome): Promise<Phase> {
  try {
    lab.step.begin('shutdown, step 1 of 2: deleting the pod');
    await endPod(lab);
  } catch (error) {
    lab.fail(isCancellation(error) ? outOfTime(lab) : toLabFailure(error));
    outcome.result = 'failed';
    return { kind: 'ended' };
  } finally {
    lab.isForced = false;
  }
  lab.publish({ status: null });
  startNamespaceRemoval(lab);
  outcome.result = 'done';
  return { kind: 'removal' };
}

/** Deletes the pod with its grace, or without as soon as an operator forces it. */
async function endPod(lab: LabState): Promise<void> {
  const { deleteMs } = lab.timeouts;
  if (!lab.isForced) {
    try {
      await lab.interruptible(deleteMs, () => removePod(lab));
      return;
    } catch (error) {
      if (!lab.isForced) throw error;
    }
  }
  lab.step.begin('forced shutdown, step 1 of 2: deleting the pod without grace');
  await lab.interruptible(deleteMs, () => lab.activities.deletePod({ ...lab.target, graceMs: 0 }));
}

/**
 * Deletes the pod and waits until it is gone, reading it now and then in case the watcher is silent. The pod of a
 * node that cannot be reached is removed without it once patience with the node is over.
 */
export async function removePod(lab: LabState): Promise<void> {
  const uid = await lab.activities.deletePod({ ...lab.target, graceMs: lab.timeouts.stopGraceMs });
  if (uid === null) return;
  lab.step.meet('Kubernetes has taken the order, but the pod is still there');
  lab.pod.follow(uid);
  let isForced = false;
  while (!lab.pod.isGone) {
    if (!isForced) isForced = await dealWithHold(lab);
    const checkMs = lab.untilNextCheck(lab.timeouts.deleteCheckMs);
    const isTold = await condition(() => lab.pod.isGone, checkMs);
    if (!isTold) lab.pod.learnRead(await lab.activities.readPod(lab.target));
  }
}

/** Tells what keeps the pod; removes it from a lost node when it is time, and returns whether it has done that. */
async function dealWithHold(lab: LabState): Promise<boolean> {
  const { latest, nodeLostSinceMs } = lab.pod;
  // Runs that began without this patience leave lost nodes to operators.
  const { lostNodePatienceMs } = lab.timeouts;
  if (!latest || lostNodePatienceMs === undefined) return false;
  const isLong =
    nodeLostSinceMs !== null &&
    lostNodePatienceMs !== null &&
    Date.now() - nodeLostSinceMs >= lostNodePatienceMs;
  if (!isLong) {
    const hold = holdText(latest, lostNodePatienceMs);
    if (hold) lab.tell(hold);
    return false;
  }
  lab.tell(forcedText(latest.lostNode ?? '', lostNodePatienceMs));
  await lab.activities.deletePod({ ...lab.target, graceMs: 0 });
  return true;
}

function outOfTime({ step, timeouts }: LabState): LabFailure {
  const cutOff = `Lab deletion timed out after ${timeouts.deleteMs / 1000}s while ${step.doing}`;
  return { reason: 'DeleteTimeout', message: `${cutOff}: ${step.obstacle ?? 'Kubernetes did not answer'}` };
}
