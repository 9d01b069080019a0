import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { SignalDefinition } from '@temporalio/common';

/** Timeout of calls that no user waits for, in milliseconds; their callers retry. */
const CALL_DEADLINE_MS = 15_000;

/** Makes calls to Temporal with a timeout of 15 s for all of them together. */
export function inTime<Answer>({ connection }: Client, calls: () => Promise<Answer>): Promise<Answer> {
  return connection.withDeadline(Date.now() + CALL_DEADLINE_MS, calls);
}

/** Returns the result of a call about a workflow; null when Temporal has none of its ID, or not its run. */
export async function nullIfNotFound<Answer>(call: () => Promise<Answer>): Promise<Answer | null> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** Signals a workflow within 15 s. A workflow that is not open is not an error. */
export async function signalIfOpen<Args extends unknown[]>(
  client: Client,
  workflowId: string,
  signal: SignalDefinition<Args>,
  ...args: Args
): Promise<void> {
  const send = () => client.workflow.getHandle(workflowId).signal(signal, ...args);
  await inTime(client, () => nullIfNotFound(send));
}
