import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { SignalDefinition } from '@temporalio/common';

/** Limit of calls that no user waits for, in milliseconds; their callers try again. */
const CALL_DEADLINE_MS = 15_000;

/** Makes calls of Temporal that are given up after 15 s altogether. */
export function inTime<Answer>({ connection }: Client, calls: () => Promise<Answer>): Promise<Answer> {
  return connection.withDeadline(Date.now() + CALL_DEADLINE_MS, calls);
}

/** The result of a call about a workflow; null when Temporal knows none of its ID, or of its run. */
export async function nullIfNotFound<Answer>(call: () => Promise<Answer>): Promise<Answer | null> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** Signals a workflow within 15 s. That none of this ID is open is not an error. */
export async function signalIfOpen<Args extends unknown[]>(
  client: Client,
  workflowId: string,
  signal: SignalDefinition<Args>,
  ...args: Args
): Promise<void> {
  const send = () => client.workflow.getHandle(workflowId).signal(signal, ...args);
  await inTime(client, () => nullIfNotFound(send));
}
