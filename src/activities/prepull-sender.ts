import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { PREPULL_WORKFLOW_ID } from '../temporal/ids';
import { type PullNews, podNews } from '../workflows/prepull/messages';

/** Delivers to the workflow of prepulling. That there is none is not an error. */
export type PrepullSender = (news: PullNews) => Promise<void>;

const SIGNAL_DEADLINE_MS = 15_000;

/** Signals the workflow through a Temporal client. */
export function createPrepullSender(client: Client): PrepullSender {
  return async (news) => {
    const handle = client.workflow.getHandle(PREPULL_WORKFLOW_ID);
    try {
      await client.connection.withDeadline(Date.now() + SIGNAL_DEADLINE_MS, () =>
        handle.signal(podNews, news),
      );
    } catch (error) {
      // A pod may be left from a workflow that was terminated.
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  };
}
