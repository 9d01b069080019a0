import { condition, uuid4 } from '@temporalio/workflow';
import type { LabState, Phase } from './state';

/**
 * Keeps a lab that failed or ended by itself readable until it is replaced or deleted, at most for its
 * retention; then removes it.
 */
export async function keepEndedLab(lab: LabState): Promise<Phase> {
  const { failedRetentionMs, terminatedRetentionMs } = lab.timeouts;
  const retentionMs = lab.record.status === 'terminated' ? terminatedRetentionMs : failedRetentionMs;
  await condition(() => lab.order !== null, retentionMs);
  if (!lab.order) lab.orderShutdown(uuid4());
  return lab.takeOrder() ?? { kind: 'ended' };
}
