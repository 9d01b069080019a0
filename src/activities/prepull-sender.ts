import type { Client } from '@temporalio/client';
import { signalIfOpen } from '../temporal/calls';
import { PREPULL_WORKFLOW_ID } from '../temporal/ids';
import { type PullNews, podNews } from '../workflows/prepull/messages';

/** Delivers to the workflow of prepulling. That there is none is not an error. */
export type PrepullSender = (news: PullNews) => Promise<void>;

/** Signals the workflow through a Temporal client. A pod may be left from one that was terminated. */
export function createPrepullSender(client: Client): PrepullSender {
  return (news) => signalIfOpen(client, PREPULL_WORKFLOW_ID, podNews, news);
}
