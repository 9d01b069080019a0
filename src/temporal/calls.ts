import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { SignalDefinition } from '@temporalio/common';

/** Limit of calls that no user waits for: whoever makes them tries again. */
const CALL_DEADLINE_MS = 15_000;

/** Makes calls of Temporal that are given up after 15 s altogether. */
export function inTime<Answer>({ connection }: Client, calls: () => Promise<Answer>): Promise<Answer> {
  return connection.withDeadline(Date.now() + CALL_DEADLINE_MS, calls);
}

/** Signals a workflow within 15 s. That none of this ID is open is not an error. */
export async function signalIfOpen<Args extends unknown[]>(
  client: Client,
  workflowId: string,
  signal: SignalDefinition<Args>,
  ...args: Args
): Promise<void> {
  try {
    await inTime(client, () => client.workflow.getHandle(workflowId).signal(signal, ...args));
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}
