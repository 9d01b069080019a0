import { allHandlersFinished, condition, makeContinueAsNewFunc, workflowInfo } from '@temporalio/workflow';
import type { LabInput } from './messages';
import type { LabState } from './state';

type Lab = (input: LabInput) => Promise<void>;

/**
 * Continues a quiet lab as new, so that it replays from a short history. Returns instead when there is
 * news by the time no caller waits for an answer any more.
 *
 * @throws ContinueAsNew
 */
export async function renew(lab: LabState, isNews: () => boolean): Promise<void> {
  await condition(() => allHandlersFinished() || isNews());
  if (isNews()) return;
  // Without naming the memo again, an upserted memo is lost.
  const continueAsNew = makeContinueAsNewFunc<Lab>({ memo: workflowInfo().memo });
  await continueAsNew({
    kind: 'resume',
    snapshot: {
      version: 1,
      record: lab.record,
      namespace: lab.namespace,
      spawnId: lab.spawnId,
      namespaceUid: lab.namespaceUid,
      timeouts: lab.timeouts,
      pod: lab.pod.latest,
      pastLabs: lab.pastLabs,
    },
  });
}
