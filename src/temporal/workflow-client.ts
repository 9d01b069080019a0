import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowStartOptions,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { ApplicationFailure, type UpdateDefinition, type Workflow } from '@temporalio/common';
import { nullIfNotFound } from './calls';

/** Starts a workflow; false when one of its ID is open. Needs no worker. */
export async function startUnlessOpen<Type extends Workflow>(
  { workflow }: Pick<Client, 'workflow'>,
  type: string,
  options: WorkflowStartOptions<Type>,
): Promise<boolean> {
  try {
    await workflow.start<Type>(type, {
      ...options,
      workflowIdConflictPolicy: 'FAIL',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    });
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
}

/**
 * Result of an update: completed; accepted by a workflow that closed before the completion; or no workflow is open.
 */
export type UsageUpdateOutcome = 'completed' | 'closed' | 'not found';

/** One update, with an ID by which Temporal recognises a repetition. */
export interface UpdateRequest<Arg> {
  readonly updateId: string;
  readonly arg: Arg;
}

/**
 * Sends an update and waits until it is completed.
 *
 * @throws WorkflowUpdateFailedError when the workflow refuses or fails it; WorkflowUpdateRPCTimeoutOrCancelledError
 *   when that takes longer than the deadline of the calls; the update may still be carried out.
 */
export async function updateWorkflow<Arg>(
  { workflow }: Pick<Client, 'workflow'>,
  workflowId: string,
  update: UpdateDefinition<void, [Arg]>,
  { arg, updateId }: UpdateRequest<Arg>,
): Promise<UsageUpdateOutcome> {
  const complete = async (): Promise<UsageUpdateOutcome> => {
    await workflow.getHandle(workflowId).executeUpdate(update, { args: [arg], updateId });
    return 'completed';
  };
  try {
    return (await nullIfNotFound(complete)) ?? 'not found';
  } catch (error) {
    if (isClosedMeanwhile(error)) return 'closed';
    throw error;
  }
}

/** Whether an update was accepted by a workflow that closed without completing it. */
function isClosedMeanwhile(error: unknown): boolean {
  return (
    error instanceof WorkflowUpdateFailedError &&
    error.cause instanceof ApplicationFailure &&
    error.cause.type === 'AcceptedUpdateCompletedWorkflow'
  );
}
