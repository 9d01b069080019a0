import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { labWorkflowId } from '../temporal/ids';
import { podChanged, podEvents } from '../workflows/lab/messages';
import type { LabSender } from './lab-signals';

const SIGNAL_DEADLINE_MS = 15_000;

/** Signals labs' workflows through a Temporal client. */
export function createLabSender(client: Client): LabSender {
  const send = async (signal: () => Promise<void>): Promise<void> => {
    try {
      await client.connection.withDeadline(Date.now() + SIGNAL_DEADLINE_MS, signal);
    } catch (error) {
      // A pod may outlive its lab's workflow for a moment, or belong to none.
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  };
  const handleOf = (username: string) => client.workflow.getHandle(labWorkflowId(username));
  return {
    podChanged: (username, change) => send(() => handleOf(username).signal(podChanged, change)),
    podEvents: (username, events) => send(() => handleOf(username).signal(podEvents, { events })),
  };
}
