import { patched } from '@temporalio/workflow';
import { isRenewalDue, renewWhenIdle } from '../lifecycle/renewal';
import { Retention } from '../lifecycle/retention';
import type { Lab, PhaseEnd } from './lab';
import type { LabWorkflow } from './messages';
import { removeFinishedLab } from './shutdown';

/** Runs that began to end before this patch delete the pod first, as a shutdown does. */
const FORGET_FINISHED_PODS = '2026-11-forget-finished-pods';

/**
 * Keeps a lab that failed or ended by itself readable until it is replaced or deleted, at most for its retention; then
 * removes it.
 */
export async function keepEndedLab(lab: Lab): Promise<PhaseEnd> {
  const { hubNotification, namespaceRemoval, orders, record } = lab;
  const { failedRetentionMs, terminatedRetentionMs } = lab.timeouts;
  const retentionMs = record.status === 'terminated' ? terminatedRetentionMs : failedRetentionMs;
  const retention = new Retention(record.current.since, retentionMs);
  const isOrdered = () => orders.isPlaced;
  // A pod that is not removed may still change, and each change is a signal.
  const mayRenew = () => isRenewalDue() && !hubNotification.isOpen && !namespaceRemoval.isUnderway;
  const isInTime = !retention.isOver && (await retention.wait(() => isOrdered() || mayRenew()));
  if (isInTime && !isOrdered()) await renewWhenIdle<LabWorkflow>(isOrdered, () => lab.continuation());
  const order = orders.take();
  if (order) return order;
  return lab.pod.hasFinished && patched(FORGET_FINISHED_PODS) ? removeFinishedLab(lab) : lab.shutDown(null);
}
