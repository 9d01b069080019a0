import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { nullIfNotFound } from './calls';

/**
 * The latest run of a workflow ID, with its memo, or null where Temporal has none. Needs no worker.
 */
export function describeLatestRun(
  { workflow }: Pick<Client, 'workflow'>,
  workflowId: string,
): Promise<WorkflowExecutionDescription | null> {
  return nullIfNotFound(() => workflow.getHandle(workflowId).describe());
}

/** Whether a run is not closed. A run that an operator has paused is open. */
export function isOpen({ status }: { readonly status: { readonly name: string } }): boolean {
  return status.name === 'RUNNING' || status.name === 'PAUSED';
}
