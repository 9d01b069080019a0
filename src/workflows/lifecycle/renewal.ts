import {
  allHandlersFinished,
  condition,
  makeContinueAsNewFunc,
  type Workflow,
  workflowInfo,
} from '@temporalio/workflow';

/** Whether the history has grown so long that the workflow should continue as new at its next quiet moment. */
export function isRenewalDue(): boolean {
  return workflowInfo().continueAsNewSuggested;
}

/**
 * Continues as new with the present memo, so that the workflow replays from a short history.
 *
 * @throws ContinueAsNew
 */
export function continueAsNew<F extends Workflow>(...args: Parameters<F>): Promise<never> {
  // Without naming the memo again, an upserted memo is lost. The arguments are values, not the payloads that
  // workflows of this package take in as they are.
  return makeContinueAsNewFunc<F>({ memo: workflowInfo().memo, typeInfo: {} })(...args);
}

/**
 * Continues as new with what `snapshot` returns once no caller waits for an answer any more:
 *
 * 1. An update may be under way, and its caller would be told that the workflow has ended, so this waits for handlers;
 * 2. meanwhile messages may arrive, so this returns instead when there is anything to do by then;
 * 3. nothing is awaited between that check and the snapshot, so that no message falls between them.
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
