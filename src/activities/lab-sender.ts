import type { Client } from '@temporalio/client';
import { labWorkflowId } from '../domain/lab-key';
import { signalIfOpen } from '../temporal/calls';
import { podNews } from '../workflows/lab/messages';
import type { LabSender } from './lab-signals';

/** Signals labs' workflows through a Temporal client. A pod may outlive its lab's for a moment, or belong to none. */
export function createLabSender(client: Client): LabSender {
  return (username, news) => signalIfOpen(client, labWorkflowId(username), podNews, news);
}
