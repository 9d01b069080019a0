import { type Client, type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';

/** The latest run of a workflow ID, or null where Temporal knows none. */
export async function describeLatestRun(
  { workflow }: Client,
  workflowId: string,
): Promise<WorkflowExecutionDescription | null> {
  try {
    return await workflow.getHandle(workflowId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** Whether a run is not closed. One that an operator has paused is open, and meant to be paused. */
export function isOpen({ status }: Pick<WorkflowExecutionDescription, 'status'>): boolean {
  return status.name === 'RUNNING' || status.name === 'PAUSED';
}
