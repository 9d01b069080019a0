import { condition, patched, uuid4, workflowInfo } from '@temporalio/workflow';
import { forgetLab } from './removal';
import { renew } from './renewal';
import type { LabState, Phase } from './state';

/** Runs that began to end without this delete the pod first, as a shutdown does. */
const FORGET_FINISHED_PODS = '2026-11-forget-finished-pods';

/**
 * Keeps a lab that failed or ended by itself readable until it is replaced or deleted, at most for its
 * retention; then removes it.
 */
export async function keepEndedLab(lab: LabState): Promise<Phase> {
  const { failedRetentionMs, terminatedRetentionMs } = lab.timeouts;
  const retentionMs = lab.record.status === 'terminated' ? terminatedRetentionMs : failedRetentionMs;
  const remainingMs = Date.parse(lab.record.since) + retentionMs - Date.now();
  const isOrdered = () => lab.order !== null;
  // A pod that nobody removes may go on making news.
  const isOver = () =>
    isOrdered() ||
    (workflowInfo().continueAsNewSuggested && !lab.hubNotice.isOpen && !lab.isRemovingNamespace);
  const isInTime = remainingMs > 0 && (await condition(isOver, remainingMs));
  if (isInTime && !isOrdered()) await renew(lab, isOrdered);
  if (!isOrdered()) {
    if (lab.pod.hasFinished && patched(FORGET_FINISHED_PODS)) return forgetLab(lab);
    lab.orderShutdown(uuid4(), null);
  }
  return lab.takeOrder() ?? { kind: 'ended' };
}
