import {
  allHandlersFinished,
  condition,
  makeContinueAsNewFunc,
  type Workflow,
  workflowInfo,
} from '@temporalio/workflow';

/** Whether the history has grown so long that the workflow should continue as new when it is idle. */
export function isRenewalDue(): boolean {
  return workflowInfo().continueAsNewSuggested;
}

/**
 * Continues as new with the present memo, so that the workflow replays from a short history.
 *
 * @throws ContinueAsNew
 */
export function continueAsNew<F extends Workflow>(...args: Parameters<F>): Promise<never> {
  // Without an explicit memo, an upserted memo is lost. The arguments are values, not the raw payloads that
  // workflows of this package receive.
  return makeContinueAsNewFunc<F>({ memo: workflowInfo().memo, typeInfo: {} })(...args);
}

/**
 * Continues as new with what `snapshot` returns once no caller waits for an answer any more:
 *
 * 1. an update may be under way, whose caller would get the error that the workflow has ended, so this waits for
 *    handlers;
 * 2. meanwhile messages may arrive, so this returns instead when there is anything to do by then;
 * 3. nothing is awaited between that check and the snapshot, so that no message is lost between them.
 *
 * @throws ContinueAsNew
 */
export async function renewWhenIdle<F extends Workflow>(
  hasWork: () => boolean,
  snapshot: () => Parameters<F>,
): Promise<void> {
  await condition(() => allHandlersFinished() || hasWork());
  if (hasWork()) return;
  await continueAsNew<F>(...snapshot());
}
