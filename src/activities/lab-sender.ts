import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { labWorkflowId } from '../temporal/ids';
import { podNews } from '../workflows/lab/messages';
import type { LabSender } from './lab-signals';

const SIGNAL_DEADLINE_MS = 15_000;

/** Signals labs' workflows through a Temporal client. */
export function createLabSender(client: Client): LabSender {
  return async (username, news) => {
    const handle = client.workflow.getHandle(labWorkflowId(username));
    try {
      await client.connection.withDeadline(Date.now() + SIGNAL_DEADLINE_MS, () =>
        handle.signal(podNews, news),
      );
    } catch (error) {
      // A pod may outlive its lab's workflow for a moment, or belong to none.
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  };
}
